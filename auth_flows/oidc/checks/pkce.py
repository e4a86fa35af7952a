import base64
import hashlib
import hmac
import re

from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused

METHODS = ("S256",)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check(said: Parameters, client: Client) -> None:
    """RFC 7636, 4.3; RFC 9700, 2.1.1: S256 only. Without a challenge only an old confidential app may come,
    that an operator has marked."""
    challenge, method = said.get("code_challenge"), said.get("code_challenge_method")
    if not challenge:
        if method:
            raise Refused("invalid_request", "The code_challenge is missing.")
        if client.require_pkce or client.is_public:
            raise Refused("invalid_request", "This app must send a code_challenge (PKCE).")
        return
    if method not in METHODS:
        raise Refused("invalid_request", "The code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(challenge):
        raise Refused("invalid_request", "The code_challenge is not the SHA-256 of a verifier.")


def is_verified(challenge: str, verifier: str) -> bool:
    """RFC 7636, 4.6. A verifier without a challenge is as wrong as a challenge without a verifier: otherwise
    whoever takes the challenge out of a request has switched the protection off."""
    if not challenge:
        return not verifier
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)
