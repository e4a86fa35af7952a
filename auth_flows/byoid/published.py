"""What providers publish (OpenID Connect Discovery 1.0): their addresses and keys, remembered for a while."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from auth_flows.byoid.calls import Json, Talk, an_object, text
from auth_flows.byoid.identity import Away, Trouble
from ciam.lib.kept import Kept

KEPT_S = 600.0
# An unknown key may be a new one. Whoever makes keys up must not make us ask all the time.
NEWEST_S = 10.0

_metadata: Kept[str, Json] = Kept(KEPT_S, most=100)
_keys: Kept[str, list[Json]] = Kept(KEPT_S, most=100)
_newest_keys: Kept[str, list[Json]] = Kept(NEWEST_S, most=100)


def metadata(issuer: str, talk: Talk) -> Json:
    """The discovery document of an issuer. That it speaks for this issuer is for the kind to judge."""

    def read() -> Json:
        found = an_object(talk.get(f"{issuer}/.well-known/openid-configuration"))
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            safe_address(found.get(name))
        return found

    return _metadata.get(issuer, read) or {}


def key(address: str, kid: object, talk: Talk) -> Json:
    """The public key with this id; asked for anew where it is not among those we know. Raises Trouble."""
    for kept in (_keys, _newest_keys):
        found = _one(kept.get(address, lambda: keys(address, talk)) or [], kid)
        if found is not None:
            return found
    raise Trouble("The token is signed by a key that the provider does not publish.")


def keys(address: str, talk: Talk) -> list[Json]:
    """All that is published there now."""
    found = an_object(talk.get(address)).get("keys")
    if not isinstance(found, list) or not found:
        raise Away("There are no keys.")
    return [one for one in found if isinstance(one, dict)]


def _one(published: list[Json], kid: object) -> Json | None:
    fitting = [one for one in published if one.get("use", "sig") == "sig"]
    if kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((one for one in fitting if one.get("kid") == kid), None)


def safe_address(said: Any) -> str:
    """An address of a provider to which a browser or we may go. Raises Trouble."""
    address = text(said)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise Trouble("The provider publishes an address that is none.") from None
    ours = f"{parts.hostname}:{port or 80}" in settings.OUTBOUND_ALLOWED
    if (
        not parts.hostname
        or parts.username
        or not (parts.scheme == "https" or (ours and parts.scheme == "http"))
    ):
        raise Trouble("The provider publishes an address that is not https.")
    return address


def endpoint(found: Mapping[str, Any], name: str) -> str:
    return safe_address(found.get(name))
