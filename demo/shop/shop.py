"""The running shop: what it was told, whom it talks to, and what it remembers while it runs."""

import secrets
from dataclasses import dataclass
from enum import Enum
from threading import Lock

import httpx

from demo.shop.facts import Facts, FactsFile
from demo.shop.kept import Kept
from demo.shop.oidc.provider import Provider
from demo.shop.oidc.told import Told
from demo.shop.websites import WEBSITES

HOUR = 3600
TIMEOUT = 5.0


class Room(Enum):
    """A part of the shop with a session of its own; the value is the name of its cookie."""

    ORDERS = "__Host-shop"
    REWARDS = "__Host-rewards"


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in to one room. The ID token is kept as the hint for signing out."""

    told: Told
    id_token: str


@dataclass(frozen=True)
class Attempt:
    """A sign-in that this browser has begun; its name is the `state` of the request."""

    room: Room
    next: str
    browser: str
    nonce: str
    verifier: str


class Shop:
    def __init__(self, facts: FactsFile, *, url: str, sandbox_url: str) -> None:
        self.url = url
        self.sandbox_url = sandbox_url
        self.form_key = secrets.token_bytes(32)
        self.sessions: Kept[Session] = Kept(8 * HOUR, most=10_000)
        # Registering takes a while: the code comes by mail.
        self.attempts: Kept[Attempt] = Kept(HOUR, most=10_000)
        self.sign_outs: Kept[str] = Kept(HOUR, most=10_000)
        # The id of the SCIM user that a form made, for the browser that sent the form.
        self.records = {website: Kept[str](8 * HOUR, most=10_000) for website in WEBSITES}
        # The CIAM of the demo is on this machine: no proxy stands between.
        self.http = httpx.Client(timeout=TIMEOUT, trust_env=False)
        self._facts = facts
        self._lock = Lock()
        self._provider = Provider(self.http, facts.current().base_url)

    @property
    def facts(self) -> Facts:
        return self._facts.current()

    @property
    def provider(self) -> Provider:
        base_url = self.facts.base_url
        with self._lock:
            if self._provider.issuer != base_url:
                self._provider = Provider(self.http, base_url)
            return self._provider
