"""Group 7: nobody learns from a page which addresses have an account (A07.10, ASVS 6.3.8)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from pytest_django import Settings

from tests.attacks.states import STATES, provider
from tests.people import Kaffeehaus
from tests.walking import Walker

pytestmark = pytest.mark.django_db

ADDRESS = "somebody@example.com"


@contextmanager
def rolled_back() -> Iterator[None]:
    """What happens inside leaves no trace, counters included: the next one finds the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer_of(response: Any) -> tuple[object, ...]:
    """Status, length, headers, cookies and bytes, without what differs each time: ids and tokens, all of one
    length."""

    def plain(text: str) -> str:
        text = re.sub(r'value="[A-Za-z0-9]{64}"', "TOKEN", text)
        text = re.sub(r"challenge&quot;: &quot;[\w-]+", "CHALLENGE", text)
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)

    cookies = {
        name: (len(morsel.value), {key: value for key, value in morsel.items() if key != "expires"})
        for name, morsel in response.cookies.items()
    }
    headers = {name: plain(value) for name, value in response.headers.items()}
    return response.status_code, headers, cookies, len(response.content), plain(response.content.decode())


class Prober(Walker):
    """Keeps every answer, redirects included."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[object, ...]] = []
        handler = self.browser.request

        def request(**said: Any) -> Any:
            response = handler(**said)
            self.answers.append(answer_of(response))
            return response

        self.browser.request = request  # type: ignore[method-assign]


def probe(door: str) -> list[tuple[object, ...]]:
    """What a stranger can press without the mailbox, at one door."""
    prober = Prober()
    prober.open(door).send(identifier=ADDRESS)
    if door == "/sign-in/":
        prober.send(password="wrong wrong wrong").send(password="")
        prober.send(password="x" * 300).press("Send me a code by e-mail")
    prober.send(code="000000x").press("Send a new code")
    prober.open(prober.url)
    prober.open(f"{prober.url.partition('?')[0]}?resent")
    for step in ("totp", "password", "profile", "choose_password", "agreements"):
        prober.browser.get(f"{prober.url.partition('?')[0]}?step={step}")
    for _try in range(5):
        prober.send(code="000000x")
    return prober.answers


@pytest.mark.parametrize("door", ["/sign-in/", "/register/"])
def test_every_answer_is_the_same_to_the_byte_for_every_state(
    shop: Kaffeehaus, settings: Settings, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    settings.PASSWORD_HASHERS = [
        *settings.PASSWORD_HASHERS,
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1_000)
    provider()
    seen = {}
    for state, make in STATES.items():
        with rolled_back():
            make(shop, ADDRESS)
            seen[state] = probe(door)

    absent = seen.pop("absent")
    assert len(absent) > 15
    for state, answers in seen.items():
        for number, (answer, expected) in enumerate(zip(answers, absent, strict=True)):
            assert answer == expected, (state, number)
