"""ALTCHA: proof of work on this server, without anybody else (https://altcha.org/docs/v2/).

Each challenge has one number to be found, between `LEAST` and `MOST`: nobody works for minutes by bad luck,
and a page can tell how far it is. The signed key of the answer makes checking it cost next to nothing.
"""

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import ClassVar

import altcha

from ciam.lib.captcha.base import Outcome, Verdict
from ciam.lib.crypto import keyed_hash

ALGORITHM = "PBKDF2/SHA-256"
COST = 5_000
LEAST, MOST = 100, 400


@dataclass(frozen=True)
class Altcha:
    field: ClassVar[str] = "altcha"

    def challenge(self, action: str, hostname: str, until: dt.datetime) -> dict[str, object]:
        """In the form that ALTCHA's own widget reads as well. Good for one solution, until then."""
        made = altcha.create_challenge(
            ALGORITHM,
            COST,
            counter=LEAST + secrets.randbelow(MOST - LEAST),
            expires_at=until,
            data={"action": action, "hostname": hostname, "most": MOST},
            hmac_secret=keyed_hash("altcha", "challenge"),
            hmac_key_secret=keyed_hash("altcha", "key"),
        )
        return dict(made.to_dict())

    def verify(self, token: str, address: str, action: str, hostnames: frozenset[str]) -> Verdict:
        found = altcha.verify_solution(
            token,
            keyed_hash("altcha", "challenge"),
            hmac_key_secret=keyed_hash("altcha", "key"),
        )
        if found.expired:
            return Verdict(Outcome.REJECTED, ("timeout-or-duplicate",))
        if not found.verified:
            return Verdict(Outcome.REJECTED, ("invalid-input-response",))
        challenge = altcha.Payload.from_base64(token).challenge
        data = challenge.parameters.data or {}
        if data.get("action") != action or data.get("hostname") not in hostnames:
            return Verdict(Outcome.REJECTED, ("wrong-page",))
        # One challenge can be written down in many ways; its nonce stands under the signature.
        return Verdict(Outcome.OK, number=challenge.parameters.nonce)


def as_text(challenge: dict[str, object]) -> str:
    return json.dumps(challenge, separators=(",", ":"))
