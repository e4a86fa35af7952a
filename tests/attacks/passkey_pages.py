"""The pages at which passkeys are used and made, as somebody meets them who doesn't keep to the rules."""

import datetime as dt
from typing import Any

from django.utils import timezone

from auth_flows.models import BrowserSession, SignIn
from auth_flows.passkeys.challenges import Ceremony, make
from tests.passkeys import b64, options_of
from tests.walking import Walker, code_for


def at_the_door() -> tuple[Walker, dict[str, Any]]:
    walker = Walker().open("/sign-in/")
    return walker, options_of(walker)


def choosing(address: str = "new@example.com") -> tuple[Walker, dict[str, Any]]:
    """Where somebody new chooses a password or a passkey."""
    walker = Walker().open("/register/").send(identifier=address)
    walker.send(code=code_for(address)).send()
    assert walker.heading == "Choose a password"
    return walker, options_of(walker)


def is_refused(walker: Walker, heading: str = "Sign in") -> bool:
    assert "This passkey didn't work here" in walker.text, walker.text
    assert not BrowserSession.objects.exists()
    return (walker.status, walker.heading) == (400, heading)


def asked_by(ceremony: Ceremony) -> tuple[SignIn, dict[str, Any]]:
    """A sign-in under way, and what its page asks, without walking there."""
    now = timezone.now()
    row = SignIn.objects.create(browser_hash="x", expires_at=now + dt.timedelta(hours=1))
    handle = {"user": {"id": b64(b"a handle")}}
    return row, {"challenge": b64(make(row, ceremony, now)), **handle}
