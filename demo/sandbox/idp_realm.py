"""One identity provider of the sandbox: its settings, keys, people, and what it has given out."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from demo.sandbox.shapes import Json, JsonObject, ShapeError, a_text, an_object, parse

FLAVOURS = ("oidc", "google", "apple", "microsoft", "linkedin", "github", "facebook")
SOFIA: JsonObject = {
    "sub": "sofia-1",
    "name": "Sofia Social",
    "given_name": "Sofia",
    "family_name": "Social",
    "email": "social@example.com",
    "email_verified": True,
}
NINA: JsonObject = {
    "sub": "nina-1",
    "name": "Nina New",
    "given_name": "Nina",
    "family_name": "New",
    "email": "nina@partner.example",
    "email_verified": True,
}
USUAL: JsonObject = {
    "flavour": "oidc",
    "clients": {"ciam": "the demo's secret"},
    "people": {"sofia": SOFIA, "nina": NINA},
    "algorithm": "RS256",
    "issuer": None,
    "sends_iss": True,
    "wants_pkce": True,
    "token": {},
    "drops": [],
    "header": {},
    "signs": "well",
    "apple_key": None,
    "error": None,
}
"""`token`: claims that the ID token has instead; `drops`: claims that it lacks; `header`: of the token;
`signs`: well, stranger (a key that is not published), none (no signature), hmac (by the client's secret);
`error`: what every visit is answered with."""


class Refused(Exception):
    """As the token endpoint says it (RFC 6749, 5.2)."""


@dataclass
class Given:
    """A code, and for whom."""

    person: str
    client_id: str
    redirect_uri: str
    nonce: str
    challenge: str


@dataclass
class Realm:
    settings: JsonObject = field(default_factory=lambda: dict(USUAL))
    codes: dict[str, Given] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    _keys: dict[str, "RSAKey | ECKey"] = field(default_factory=dict)

    def change(self, said: Json) -> None:
        """Replaces what is named; raises ShapeError."""
        given = an_object(said, "The settings")
        unknown = sorted(set(given) - set(USUAL))
        if unknown:
            raise ShapeError(f"There is no setting {unknown[0]}. There is: {', '.join(USUAL)}.")
        if given.get("flavour", "oidc") not in FLAVOURS:
            raise ShapeError(f"flavour must be one of {', '.join(FLAVOURS)}.")
        for name in ("clients", "people", "token", "header"):
            an_object(given.get(name, {}), name)
        self.settings |= given

    @property
    def flavour(self) -> str:
        return a_text(self.settings["flavour"], "flavour")

    @property
    def algorithm(self) -> str:
        return a_text(self.settings["algorithm"], "algorithm")

    def people(self) -> dict[str, JsonObject]:
        found = an_object(self.settings["people"], "people")
        return {key: an_object(claims, key) for key, claims in found.items()}

    def key(self, *, published: bool = True) -> "RSAKey | ECKey":
        """Made when first needed: an RSA key takes a while."""
        name = f"{self.algorithm} {published}"
        if name not in self._keys:
            parameters = {"kid": secrets.token_hex(4), "use": "sig", "alg": self.algorithm}
            rsa = self.algorithm == "RS256"
            self._keys[name] = (
                RSAKey.generate_key(2048, parameters) if rsa else ECKey.generate_key("P-256", parameters)  # type: ignore[arg-type]
            )
        return self._keys[name]

    def public_key(self) -> JsonObject:
        return an_object(parse(json.dumps(self.key().as_dict(private=False)).encode()))

    def rotate(self) -> None:
        self._keys.clear()

    def give(self, given: Given) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = given
        return code

    def exchange(self, form: dict[str, str], client_id: str, secret: str, issuer: str) -> tuple[Given, str]:
        """(what stood behind the code, an access token); raises Refused."""
        self._check_client(client_id, secret, issuer)
        given = self.codes.pop(form.get("code", ""), None)
        if given is None or given.client_id != client_id or given.redirect_uri != form.get("redirect_uri"):
            raise Refused("invalid_grant")
        if given.challenge and given.challenge != challenge_of(form.get("code_verifier", "")):
            raise Refused("invalid_grant")
        token = secrets.token_urlsafe(16)
        self.tokens[token] = given.person
        return given, token

    def _check_client(self, client_id: str, secret: str, issuer: str) -> None:
        known = an_object(self.settings["clients"], "clients")
        if self.flavour == "apple" and self.settings["apple_key"]:
            self._check_assertion(client_id, secret, issuer)
        elif client_id not in known or known[client_id] != secret:
            raise Refused("invalid_client")

    def _check_assertion(self, client_id: str, secret: str, issuer: str) -> None:
        """Apple's: a JWT that the developer's own key signs."""
        said = an_object(self.settings["apple_key"], "apple_key")
        try:
            token = jwt.decode(secret, ECKey.import_key(said["jwk"]), algorithms=["ES256"])  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as exc:
            raise Refused("invalid_client") from exc
        now, claims = time.time(), token.claims
        lives = now < claims.get("exp", 0) <= now + 15_777_000
        right = (claims.get("iss"), claims.get("aud"), claims.get("sub"), token.header.get("kid"))
        if not lives or right != (said.get("team_id"), issuer, client_id, said.get("key_id")):
            raise Refused("invalid_client")


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
