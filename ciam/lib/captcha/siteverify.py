"""What the vendors have in common that somebody else runs: a form is posted, and the answer is JSON with
status 200 even where it says no."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import httpx
from django.conf import settings

from ciam.lib import http
from ciam.lib.captcha.base import Outcome, Verdict
from ciam.lib.patience import FOR_A_PAGE

log = logging.getLogger(__name__)

OUR_MISTAKE = {"missing-input-secret", "invalid-input-secret", "sitekey-secret-mismatch"}
THEIR_MISTAKE = {"internal-error"}
KNOWN_CODES = OUR_MISTAKE | {
    "missing-input-response",
    "invalid-input-response",
    "timeout-or-duplicate",
    "expired-input-response",
    "already-seen-response",
    "invalid-or-already-seen-response",
    "bad-request",
    "not-using-dummy-passcode",
}


@dataclass(frozen=True)
class SiteVerify:
    site_key: str
    secret: str = field(repr=False)

    name: ClassVar[str]
    origin: ClassVar[str]
    path: ClassVar[str]
    field: ClassVar[str]
    script: ClassVar[str]
    """The address of what shows the challenge."""
    css_class: ClassVar[str]
    """Of the element in which the script shows it."""
    csp: ClassVar[Mapping[str, list[str]]]
    """What the page with the challenge must be allowed to load, and no other page."""
    test_secrets: ClassVar[frozenset[str]]
    """Public ones, which say yes to anybody. Production refuses them."""

    @property
    def is_for_tests(self) -> bool:
        return self.secret in self.test_secrets

    def verify(self, token: str, address: str, action: str, hostnames: frozenset[str]) -> Verdict:
        form = {"secret": self.secret, "response": token, **self.also_sent()}
        if address:
            form["remoteip"] = address
        try:
            with http.client(patience=FOR_A_PAGE) as outside:
                answer = outside.post(self._address(), data=form)
            said = answer.json()
        except (httpx.HTTPError, ValueError):
            return Verdict(Outcome.UNAVAILABLE, ("no-answer",))
        if answer.status_code != 200 or not isinstance(said, dict):
            return Verdict(Outcome.UNAVAILABLE, ("no-answer",))
        return self._judged(said, action, hostnames)

    def also_sent(self) -> dict[str, str]:
        return {}

    def fits(self, said: Mapping[str, object], action: str) -> bool:
        """Whether a yes is one to what we asked."""
        return True

    def _judged(self, said: Mapping[str, object], action: str, hostnames: frozenset[str]) -> Verdict:
        listed = said.get("error-codes")
        codes = {code for code in listed if isinstance(code, str)} if isinstance(listed, list) else set()
        told = tuple(sorted(codes & KNOWN_CODES))
        if codes & OUR_MISTAKE:
            log.error("%s does not take our keys: %s", self.name, ", ".join(told))
            return Verdict(Outcome.UNAVAILABLE, told)
        if codes & THEIR_MISTAKE:
            return Verdict(Outcome.UNAVAILABLE, ("no-answer",))
        if said.get("success") is not True:
            return Verdict(Outcome.REJECTED, told or ("invalid-input-response",))
        if not self.is_for_tests and (said.get("hostname") not in hostnames or not self.fits(said, action)):
            return Verdict(Outcome.REJECTED, ("wrong-page",))
        return Verdict(Outcome.OK)

    def _address(self) -> str:
        """The demo and tests speak to a stand-in."""
        return f"{settings.CAPTCHA_STAND_IN or self.origin}{self.path}"
