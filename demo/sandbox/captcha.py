"""Three who tell people from programs: Turnstile, hCaptcha and reCAPTCHA, as our server asks them.

`POST /solve` stands for a person who solves a challenge on a page; its token is what the page's form sends.
Tokens count once and for a few minutes. The vendors' public test keys do here what they do there.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from demo.sandbox.shapes import JsonObject, an_object, stamp
from demo.sandbox.vendor import Answer, Call, Known, Violation

SITE_KEY = "sandbox-site-key"
SECRET = "sandbox-captcha-secret"  # noqa: S105 - of the sandbox alone


@dataclass(frozen=True)
class Kind:
    """What differs between the three."""

    lifetime: int
    spent: str
    late: str
    always: Mapping[str, str | None]
    """Test secrets, with the error that each gives; None: each says yes."""
    test_hostname: str


KINDS = {
    "turnstile": Kind(
        300,
        "timeout-or-duplicate",
        "timeout-or-duplicate",
        {
            "1x0000000000000000000000000000000AA": None,
            "2x0000000000000000000000000000000AA": "invalid-input-response",
            "3x0000000000000000000000000000000AA": "timeout-or-duplicate",
        },
        "example.com",
    ),
    "hcaptcha": Kind(
        120,
        "already-seen-response",
        "expired-input-response",
        {"0x0000000000000000000000000000000000000000": None},
        "dummy-key-pass",
    ),
    "recaptcha": Kind(
        120,
        "timeout-or-duplicate",
        "timeout-or-duplicate",
        {"6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe": None},
        "testkey.google.com",
    ),
}


@dataclass
class Solved:
    vendor: str
    said: JsonObject
    until: float
    is_spent: bool = False


class Captcha:
    slug: ClassVar[str] = "captcha"
    title: ClassVar[str] = "Captcha vendors"
    spec: ClassVar[str] = "captcha.openapi.json"

    def __init__(self) -> None:
        self._solved: dict[str, Solved] = {}
        self._said_no: list[str] = []

    def behave(self, call: Call) -> Answer:
        if call.operation == "solve":
            return self._solve(an_object(call.content))
        form = {name: str(value) for name, value in an_object(call.content).items()}
        return Answer(200, self._verdict(call.operation, form))

    def _solve(self, asked: JsonObject) -> Answer:
        vendor = str(asked["vendor"])
        told = ("hostname",) if vendor == "hcaptcha" else ("action", "hostname", "score")
        said: JsonObject = {name: asked[name] for name in told if name in asked}
        age = asked.get("age", 0)
        assert isinstance(age, int)
        token = secrets.token_urlsafe(40)
        self._solved[token] = Solved(vendor, said, time.time() - age + KINDS[vendor].lifetime)
        return Answer(200, {"token": token})

    def _verdict(self, vendor: str, form: Mapping[str, str]) -> JsonObject:
        kind = KINDS[vendor]
        if form["secret"] in kind.always:
            error = kind.always[form["secret"]]
            return self._no(vendor, error) if error else _yes({"hostname": kind.test_hostname})
        if form["secret"] != SECRET:
            return self._no(vendor, "invalid-input-secret")
        if "sitekey" in form and form["sitekey"] != SITE_KEY:
            return self._no(vendor, "sitekey-secret-mismatch")
        solved = self._solved.get(form["response"])
        if solved is None or solved.vendor != vendor:
            return self._no(vendor, "invalid-input-response")
        if solved.is_spent:
            return self._no(vendor, kind.spent)
        if solved.until < time.time():
            return self._no(vendor, kind.late)
        solved.is_spent = True
        return _yes(solved.said)

    def _no(self, vendor: str, code: str) -> JsonObject:
        self._said_no.append(f"{vendor}: {code}")
        return {"success": False, "error-codes": [code]}

    def refuse(self, violation: Violation) -> Answer:
        status = {"path": 404, "method": 405}.get(violation.kind, 200)
        code = "missing-input-response" if "response" in violation.message else "bad-request"
        return Answer(status, {"success": False, "error-codes": [code]})

    def fail(self, status: int) -> Answer:
        return Answer(status, {"success": False, "error-codes": ["internal-error"]})

    def headers(self, call: Call) -> dict[str, str]:
        return {}

    def rows(self, call: Call) -> list[dict[str, str]]:
        return []

    def state(self) -> JsonObject:
        return {
            "solved": len(self._solved),
            "spent": sum(one.is_spent for one in self._solved.values()),
            "refused": [*self._said_no],
        }

    def known(self) -> list[Known]:
        return []

    def remarks(self) -> list[str]:
        spent = sum(one.is_spent for one in self._solved.values())
        solved = [f"Solved: {len(self._solved)}. Shown to us and taken: {spent}."] if self._solved else []
        return solved + [f"Refused: {one}" for one in self._said_no]


def _yes(said: JsonObject) -> JsonObject:
    return {"success": True, "challenge_ts": stamp(), **said}
