"""Facebook's way: the token by GET, the profile from the Graph API with a proof of the app's secret."""

import hashlib
import hmac

from demo.sandbox.idp_realm import Realm, Refused
from demo.sandbox.shapes import an_object
from demo.sandbox.vendor import Answer, Call


def token(call: Call, realm: Realm) -> Answer:
    form = {name: values[0] for name, values in call.query.items()}
    try:
        _given, access_token = realm.exchange(
            form, form.get("client_id", ""), form.get("client_secret", ""), ""
        )
    except Refused as refusal:
        return _error(str(refusal))
    return Answer(200, {"access_token": access_token, "token_type": "bearer", "expires_in": 5_183_000})


def me(call: Call, realm: Realm) -> Answer:
    access_token = call.asked("access_token") or ""
    person = realm.tokens.get(access_token)
    secrets = [str(one).encode() for one in an_object(realm.settings["clients"], "clients").values()]
    proofs = {hmac.new(one, access_token.encode(), hashlib.sha256).hexdigest() for one in secrets}
    if person is None or call.asked("appsecret_proof") not in proofs:
        return _error("Invalid appsecret_proof provided in the API argument")
    wanted = (call.asked("fields") or "id").split(",")
    claims = realm.people()[person]
    return Answer(200, {name: claims[name] for name in wanted if name in claims})


def _error(message: str) -> Answer:
    return Answer(400, {"error": {"message": message, "type": "OAuthException", "code": 100}})
