import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.attributes import ATTRIBUTES
from accounts.identifiers import BadIdentifier, limit_key, normal_email
from accounts.models import ProfileValue, Source
from accounts.profiles import STRENGTH, BadAttribute, clean, strongest
from accounts.theming import luminance, readable_on
from accounts.values import as_text

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def row(source: Source, minute: int, value: str) -> ProfileValue:
    return ProfileValue(
        id=uuid.uuid4(),
        attribute="given_name",
        value=value,
        source=source,
        said_at=NOW + dt.timedelta(minutes=minute),
    )


@given(st.lists(st.tuples(st.sampled_from(Source), st.integers(0, 9), st.text(min_size=1)), min_size=1))
def test_a_weaker_source_never_overwrites_a_stronger_one(said: list[tuple[Source, int, str]]) -> None:
    known = strongest(row(*one) for one in said)["given_name"]

    best = max(STRENGTH[source] for source, _minute, _value in said)
    newest = max(minute for source, minute, _value in said if STRENGTH[source] == best)
    assert STRENGTH[known.source] == best
    assert known.said_at == NOW + dt.timedelta(minutes=newest)


@given(st.text())
def test_whatever_is_said_is_kept_clean_or_refused(text: str) -> None:
    for name in ATTRIBUTES:
        for source in Source:
            try:
                value = clean({name: text}, source)[name]
            except BadAttribute:
                continue
            assert clean({name: value}, source)[name] == value, "cleaning twice changes nothing"
            assert as_text(value).strip()


@given(st.text())
def test_an_address_has_one_normal_form_or_none(text: str) -> None:
    try:
        normal = normal_email(text)[1]
    except BadIdentifier:
        return
    assert normal_email(normal)[1] == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@EXAMPLE.COM", "ada@example.com"),
    ],
)
def test_spellings_of_one_address_are_one(one: str, other: str) -> None:
    assert normal_email(one)[1] == normal_email(other)[1]


def test_plus_tags_are_other_addresses_but_one_mailbox_for_limits() -> None:
    tagged, plain = normal_email("ada+shop@example.com")[1], normal_email("ada@example.com")[1]

    assert tagged != plain
    assert limit_key(tagged) == limit_key(plain)


@given(st.integers(0, 0xFFFFFF))
def test_text_on_any_accent_can_be_read(colour: int) -> None:
    accent = f"#{colour:06x}"

    one, other = sorted((luminance(accent), luminance(readable_on(accent))))

    assert (other + 0.05) / (one + 0.05) >= 4.5
