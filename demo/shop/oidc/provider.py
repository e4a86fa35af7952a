"""The CIAM as it describes itself (OpenID Connect Discovery 1.0), remembered for some minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from demo.shop.asking import CiamOdd, ask, in_json
from demo.shop.shapes import ShapeError, optional, text, texts

REMEMBERED_SECONDS = 600.0


@dataclass(frozen=True)
class Metadata:
    """The optional endpoints are empty where the CIAM has none."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    prompts: tuple[str, ...]
    names_issuer: bool


class Provider:
    def __init__(self, http: httpx.Client, issuer: str) -> None:
        self.issuer = issuer
        self._http = http
        self._lock = Lock()
        self._metadata: Metadata | None = None
        self._keys: KeySet | None = None
        self._until = 0.0

    def metadata(self) -> Metadata:
        """Raises CiamAway, CiamOdd."""
        with self._lock:
            if self._metadata and monotonic() < self._until:
                return self._metadata
        found = self._discover()
        with self._lock:
            self._metadata, self._until = found, monotonic() + REMEMBERED_SECONDS
        return found

    def keys(self, *, fresh: bool = False) -> KeySet:
        """The keys that sign ID tokens; fresh ones where a token names a key that is not among them."""
        with self._lock:
            if self._keys and not fresh:
                return self._keys
        found = _key_set(in_json(ask(self._http, "GET", self.metadata().jwks_uri)))
        with self._lock:
            self._keys = found
        return found

    def _discover(self) -> Metadata:
        found = in_json(ask(self._http, "GET", f"{self.issuer}/.well-known/openid-configuration"))
        try:
            metadata = metadata_of(found)
        except ShapeError as exc:
            raise CiamOdd(f"The CIAM's description of itself is incomplete: {exc}.") from exc
        # Section 4.3: otherwise somebody else could describe the CIAM.
        if metadata.issuer != self.issuer:
            raise CiamOdd(f"{self.issuer} calls itself {metadata.issuer}.")
        return metadata


def metadata_of(found: Mapping[str, object]) -> Metadata:
    """Raises ShapeError."""
    prompts = "prompt_values_supported"
    return Metadata(
        issuer=text(found, "issuer"),
        authorization_endpoint=text(found, "authorization_endpoint"),
        token_endpoint=text(found, "token_endpoint"),
        jwks_uri=text(found, "jwks_uri"),
        userinfo_endpoint=optional(found, "userinfo_endpoint"),
        end_session_endpoint=optional(found, "end_session_endpoint"),
        prompts=texts(found, prompts) if prompts in found else (),
        names_issuer=found.get("authorization_response_iss_parameter_supported") is True,
    )


def _key_set(found: Mapping[str, object]) -> KeySet:
    keys = found.get("keys")
    if not isinstance(keys, list):
        raise CiamOdd("The CIAM's keys are missing.")
    try:
        return KeySet.import_key_set(KeySetSerialization(keys=keys))
    except (JoseError, TypeError, ValueError, KeyError) as exc:
        raise CiamOdd(f"The CIAM's keys can't be read: {exc}.") from exc
