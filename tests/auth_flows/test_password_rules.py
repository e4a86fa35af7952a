"""Which passwords are taken (NIST SP 800-63B-4, 3.1.1.2)."""

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator

from auth_flows.password_rules import Unfit, is_guessable, judge

ADA = ("Kaffeehaus", "ada.lovelace@example.com", "Ada", "Lovelace")


def is_fit(password: str, *, has_second: bool = False) -> bool:
    try:
        judge(password, words=ADA, has_second=has_second)
    except Unfit:
        return False
    return True


@pytest.mark.parametrize(
    ("password", "alone", "beside"),
    [
        ("trampolin", False, True),
        ("trampol", False, False),
        ("fourteen chars", False, True),
        ("fifteen letters", True, True),
        ("onlylowercaseletters", True, True),
        ("  spaces  count  ", True, True),
        ("\N{CROISSANT}\N{HOT BEVERAGE}\N{HORSE}\N{OWL}" * 2, False, False),
        ("\N{CROISSANT}\N{HOT BEVERAGE}\N{HORSE}\N{OWL}\N{CAT}\N{DOG}\N{ANT}\N{BUG}", False, True),
        ("nul \x00 is a character", True, True),
        ("long " + "and longer " * 11, True, True),
        ("quite long " + "0123456789abcdef" * 15, True, True),
        ("x" + "yz1w" * 64, False, False),
    ],
)
def test_length_decides_and_no_kinds_of_characters(password: str, alone: bool, beside: bool) -> None:
    assert (is_fit(password), is_fit(password, has_second=True)) == (alone, beside)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "password password",
        "Password1234567890",
        "P@ssw0rd1234567",
        "123456789012345",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "qwertyuiop123456",
        "1qaz2wsx3edc4rfv",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "kaffeehaus-kaffeehaus",
        "Kaffeehaus2026!!",
        "K4ffeeh4us-2026!",
        "kaffeehauspassword",
        "ada.lovelace@example.com",
        "AdaLovelace1815!",
        "lovelaceadaexample",
        "ada.lovelace.ada.1",
    ],
)
def test_what_anybody_would_guess_is_refused(password: str) -> None:
    assert not is_fit(password)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "a password that ada likes", "my kaffeehaus has nine chairs"]
)
def test_a_word_of_ones_own_in_a_phrase_is_no_matter(password: str) -> None:
    assert is_fit(password)


def test_all_of_the_most_common_ones_are_guessable_with_something_around_them() -> None:
    common = sorted(CommonPasswordValidator().passwords)[:3_000]

    assert [word for word in common if not is_guessable(word)] == []
