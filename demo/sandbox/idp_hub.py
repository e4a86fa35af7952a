"""GitHub's way: no OpenID, errors with status 200, addresses at a door of their own."""

from urllib.parse import parse_qsl

from demo.sandbox.idp_realm import Realm, Refused
from demo.sandbox.shapes import JsonObject
from demo.sandbox.vendor import Answer, Call


def token(call: Call, realm: Realm) -> Answer:
    form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
    try:
        _given, access_token = realm.exchange(
            form, form.get("client_id", ""), form.get("client_secret", ""), ""
        )
    except Refused:
        return Answer(200, {"error": "bad_verification_code", "error_description": "The code is incorrect."})
    return Answer(
        200, {"access_token": access_token, "token_type": "bearer", "scope": "read:user,user:email"}
    )


def user(call: Call, realm: Realm) -> Answer:
    claims = _person(call, realm)
    if claims is None:
        return Answer(401, {"message": "Bad credentials"})
    kept = {name: claims.get(name) for name in ("id", "login", "name", "email")}
    return Answer(200, kept)


def emails(call: Call, realm: Realm) -> Answer:
    claims = _person(call, realm)
    if claims is None:
        return Answer(401, {"message": "Bad credentials"})
    if "emails" not in claims:
        return Answer(404, {"message": "Not Found"})
    return Answer(200, claims["emails"])


def _person(call: Call, realm: Realm) -> JsonObject | None:
    person = realm.tokens.get(call.headers.get("Authorization", "").removeprefix("Bearer "))
    return realm.people()[person] if person else None
