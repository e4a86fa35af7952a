"""ID tokens of the sandbox's providers: honest ones, and whatever the settings make of them."""

import base64
import json
import time

from joserfc import jwt
from joserfc.jwk import OctKey

from demo.sandbox.idp_realm import Given, Realm, challenge_of
from demo.sandbox.shapes import Json, JsonObject, a_list, an_object

# A profile has these; an ID token of a provider that keeps it for the user info has none of them.
LIVES_S = 600


def id_token(realm: Realm, given: Given, issuer: str, access_token: str) -> str:
    now = int(time.time())
    claims: JsonObject = {
        "iss": issuer,
        "aud": given.client_id,
        "exp": now + LIVES_S,
        "iat": now,
        "auth_time": now,
        "at_hash": half_hash(access_token),
        **realm.people()[given.person],
    }
    if given.nonce and realm.flavour != "linkedin":
        claims["nonce"] = given.nonce
    claims |= an_object(realm.settings["token"], "token")
    for name in a_list(realm.settings["drops"], "drops"):
        claims.pop(str(name), None)
    return signed(realm, claims)


def signed(realm: Realm, claims: JsonObject) -> str:
    key = realm.key()
    header: JsonObject = {"alg": realm.algorithm, "kid": key.kid, "typ": "JWT"}
    header |= an_object(realm.settings["header"], "header")
    match realm.settings["signs"]:
        case "none":
            return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."
        case "hmac":
            secret = str(next(iter(an_object(realm.settings["clients"], "clients").values())))
            return jwt.encode({**header, "alg": "HS256"}, claims, OctKey.import_key(secret))
        case "stranger":
            return jwt.encode(header, claims, realm.key(published=False), algorithms=[realm.algorithm])
        case _:
            return jwt.encode(header, claims, key, algorithms=[realm.algorithm])


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def half_hash(token: str) -> str:
    """`at_hash` (OpenID Connect Core, 3.1.3.6)."""
    whole = base64.urlsafe_b64decode(challenge_of(token) + "=")
    return base64.urlsafe_b64encode(whole[:16]).rstrip(b"=").decode()
