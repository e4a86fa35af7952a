"""Somebody at the hosted pages who doesn't keep to what they show."""

import re
from typing import Any

from django.utils import timezone

from ciam.lib.models import Counter
from tests.walking import Walker, code_for

ADA, MALLORY = "ada@example.com", "mallory@example.com"
MALLORYS_PASSWORD = "a password that mallory likes"
STEPS: list[tuple[str, dict[str, str]]] = [
    ("profile", {"given_name": "Mallory"}),
    ("choose_password", {"password": MALLORYS_PASSWORD}),
    ("agreements", {"agree_terms": "on"}),
    ("password", {"password": MALLORYS_PASSWORD}),
    ("totp", {"code": "000000"}),
    ("email_code", {"code": "000000"}),
    ("nonsense", {"given_name": "Mallory"}),
    ("", {"switch": "totp"}),
    ("", {"switch": "nonsense"}),
]


def presses_on(walker: Walker, step: str, fields: dict[str, str]) -> Any:
    """Send the form of a page that isn't shown."""
    token = walker.soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    page = walker.url.partition("?")[0]
    sent = {"csrfmiddlewaretoken": str(token["value"]), **fields}
    return walker.browser.post(f"{page}?step={step}", sent)


def registers(address: str, password: str, **fields: str) -> Walker:
    Counter.objects.update(ends_at=timezone.now())
    walker = Walker().open("/register/").send(identifier=address)
    walker.send(code=code_for(address)).send(0, **fields).send(password=password)
    return walker.send(agree_terms="on")


def shown(response: Any) -> str:
    """A page without what differs from one answer to the next."""
    differs = r'value="[A-Za-z0-9]{64}"|[0-9a-f-]{36}|challenge&quot;: &quot;[\w-]+'
    text = re.sub(differs, "ID", response.content.decode())
    return text.replace(ADA, "ADDRESS").replace("nobody@example.com", "ADDRESS")
