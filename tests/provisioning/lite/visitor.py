"""A browser on a brand's website, at the form door."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account, ProfileValue
from consent import ledger
from consent.models import Decision, Method, PurposeVersion, text_hash

SHOP = "https://shop.example"
KEY = "kaffeehaus-catalogue"
ADA = "ada@example.com"
ACCEPTED = (202, {"status": "accepted"})


def _browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


@dataclass
class Visitor:
    address: str = "192.0.2.1"
    origin: str = SHOP
    browser: Client = field(default_factory=_browser)

    def raw(
        self, body: str | bytes, type: str = "application/json", method: str = "POST", **headers: str
    ) -> Any:
        return self.browser.generic(
            method,
            "/api/v1/lite",
            body,
            content_type=type,
            headers={"Origin": self.origin, **headers},
            REMOTE_ADDR=self.address,
        )

    def fetches(self, **fields: object) -> Any:
        """By a script."""
        return self.raw(json.dumps({"key": KEY, "email": ADA, **fields}))

    def submits(self, **fields: object) -> Any:
        """By a plain form."""
        sent = {"key": KEY, "email": ADA, **fields}
        return self.browser.post(
            "/api/v1/lite", sent, headers={"Origin": self.origin}, REMOTE_ADDR=self.address
        )


def said(response: Any) -> tuple[int, Any]:
    return response.status_code, response.json()


def refused(response: Any) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"code", "detail", "fields"}
    return response.status_code, body["code"]


def proof(version: PurposeVersion, /, **changed: object) -> dict[str, object]:
    """That the wording was shown."""
    return {
        "purpose": version.purpose.key,
        "version": version.number,
        "text_hash": text_hash(version.texts["en"]),
        "locale": "en",
        **changed,
    }


def ticked(version: PurposeVersion) -> str:
    """The same as a plain form's box has it."""
    shown = proof(version)
    return " ".join(str(shown[name]) for name in ("purpose", "version", "locale", "text_hash"))


def stands(version: PurposeVersion, account: Account | None = None) -> str | None:
    person = account or Account.objects.get()
    record = ledger.current([person.pk], [version.purpose]).get((person.pk, version.purpose_id))
    return record.decision if record else None


def gives(account: Account, version: PurposeVersion) -> None:
    shown = ledger.Shown(version, text_hash(version.texts["en"]), "en", "/account/")
    now, actor = timezone.now(), Actor("customer", str(account.pk))
    ledger.write([ledger.Given(account.pk, shown, Decision.GIVEN, Method.CLICK, actor, now)], now)


def values() -> dict[str, object]:
    return dict(ProfileValue.objects.values_list("attribute", "value"))
