"""Identity providers, as many as anybody names: OpenID Connect, and the quirks of those that differ from it.

`PUT /idp/<name>/settings` changes what one says and does; `/idp/<name>/control` is the page for it.
"""

import base64
import json
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import parse_qsl, unquote_plus, urlencode

from demo.sandbox import idp_graph, idp_hub, idp_pages
from demo.sandbox.idp_realm import Given, Realm, Refused
from demo.sandbox.idp_tokens import id_token, signed
from demo.sandbox.shapes import JsonObject, ShapeError, a_text, an_object, parse, stamp
from demo.sandbox.vendor import Answer, Call, Known, Violation


class Idp:
    slug: ClassVar[str] = "idp"
    title: ClassVar[str] = "Sandbox ID"
    spec: ClassVar[str] = "idp.openapi.json"

    def __init__(self) -> None:
        self._realms: dict[str, Realm] = {"sandbox": Realm()}
        self._handlers: dict[str, Callable[[Call, Realm], Answer]] = {
            "readSettings": lambda _call, realm: Answer(200, realm.settings),
            "changeSettings": self._change,
            "control": lambda call, realm: idp_pages.control(_name(call), realm.settings),
            "saveControl": self._save,
            "rotate": self._rotate,
            "sign": lambda call, realm: Answer(200, {"token": signed(realm, an_object(call.content))}),
            "discovery": self._discovery,
            "tenantDiscovery": self._discovery,
            "keys": lambda _call, realm: Answer(200, {"keys": [realm.public_key()]}),
            "authorize": self._authorize,
            "hubAuthorize": self._authorize,
            "graphAuthorize": self._authorize,
            "token": self._token,
            "userinfo": self._userinfo,
            "hubToken": idp_hub.token,
            "hubUser": idp_hub.user,
            "hubEmails": idp_hub.emails,
            "graphToken": idp_graph.token,
            "graphMe": idp_graph.me,
        }

    def behave(self, call: Call) -> Answer:
        realm = self._realms.setdefault(_name(call), Realm())
        try:
            return self._handlers[call.operation](call, realm)
        except ShapeError as exc:
            return _error(400, "invalid_request", str(exc))

    def refuse(self, violation: Violation) -> Answer:
        status = {"path": 404, "method": 405}.get(violation.kind, 400)
        return _error(status, "invalid_request", violation.message)

    def fail(self, status: int) -> Answer:
        return _error(status, "temporarily_unavailable", "The provider was told to fail.")

    def headers(self, call: Call) -> dict[str, str]:
        return {}

    def rows(self, call: Call) -> list[dict[str, str]]:
        return []

    def state(self) -> JsonObject:
        return {name: realm.settings for name, realm in self._realms.items()}

    def known(self) -> list[Known]:
        return [
            Known(
                title=str(claims.get("name") or key),
                number=f"{claims.get('sub', key)} at {name}",
                state="live",
                changed=stamp(),
                facts=[(claim, str(value)) for claim, value in claims.items()],
                permissions=[],
            )
            for name, realm in self._realms.items()
            for key, claims in realm.people().items()
        ]

    def remarks(self) -> list[str]:
        return [f"Change what “{name}” says at /idp/{name}/control." for name in self._realms]

    def _change(self, call: Call, realm: Realm) -> Answer:
        realm.change(call.content)
        return Answer(200, realm.settings)

    def _save(self, call: Call, realm: Realm) -> Answer:
        if call.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return _error(400, "invalid_request", "This door does not answer to pages of other sites.")
        try:
            realm.change(parse(_form(call).get("settings", "").encode()))
        except ShapeError as exc:
            return idp_pages.control(_name(call), realm.settings, str(exc))
        return Answer(303, headers={"Location": f"/idp/{_name(call)}/control"})

    def _rotate(self, _call: Call, realm: Realm) -> Answer:
        realm.rotate()
        return Answer(204)

    def _discovery(self, call: Call, realm: Realm) -> Answer:
        base = _base(call)
        found: JsonObject = {
            "issuer": _issuer(call, realm, "{tenantid}"),
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [realm.algorithm],
            "code_challenge_methods_supported": ["S256"],
        }
        if realm.settings["sends_iss"]:
            found["authorization_response_iss_parameter_supported"] = True
        return Answer(200, found)

    def _authorize(self, call: Call, realm: Realm) -> Answer:
        asked = {name: call.asked(name) or "" for name in ("client_id", "redirect_uri", "state", "nonce")}
        if asked["client_id"] not in an_object(realm.settings["clients"], "clients"):
            return _error(400, "invalid_client", "This app is not registered here.")
        challenge = call.asked("code_challenge") or ""
        if realm.settings["wants_pkce"] and not challenge:
            return _error(400, "invalid_request", "PKCE is missing.")
        if call.asked("person") is None:
            return idp_pages.choose(_name(call), realm, call)
        person = str(call.asked("person"))
        back = {"state": asked["state"]}
        if person not in realm.people() or realm.settings["error"]:
            back["error"] = str(realm.settings["error"] or "access_denied")
        else:
            back["code"] = realm.give(
                Given(person, asked["client_id"], asked["redirect_uri"], asked["nonce"], challenge)
            )
            back |= _first_time(realm, person)
        if realm.settings["sends_iss"]:
            back["iss"] = _issuer(call, realm, str(realm.people().get(person, {}).get("tid", "")))
        if call.asked("response_mode") == "form_post":
            return idp_pages.by_form(asked["redirect_uri"], back)
        return Answer(302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    def _token(self, call: Call, realm: Realm) -> Answer:
        form = _form(call)
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _space, pair = call.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            first, _colon, second = base64.b64decode(pair).decode().partition(":")
            client_id, secret = unquote_plus(first), unquote_plus(second)
        try:
            given, access_token = realm.exchange(form, client_id, secret, _issuer(call, realm, ""))
        except Refused as refusal:
            return _error(400, str(refusal), "The code was not taken.")
        tenant = str(realm.people()[given.person].get("tid", ""))
        token = id_token(realm, given, _issuer(call, realm, tenant), access_token)
        return Answer(
            200,
            {"access_token": access_token, "token_type": "Bearer", "expires_in": 600, "id_token": token},
        )

    def _userinfo(self, call: Call, realm: Realm) -> Answer:
        person = realm.tokens.get(call.headers.get("Authorization", "").removeprefix("Bearer "))
        if person is None:
            return _error(401, "invalid_token", "This token is not one of ours.")
        return Answer(200, realm.people()[person])


def _name(call: Call) -> str:
    return call.path_values["name"]


def _base(call: Call) -> str:
    return f"http://{call.headers.get('Host', 'localhost')}/idp/{_name(call)}"


def _issuer(call: Call, realm: Realm, tenant: str) -> str:
    if realm.settings["issuer"]:
        return a_text(realm.settings["issuer"], "issuer")
    return f"{_base(call)}/{tenant or 'common'}/v2.0" if realm.flavour == "microsoft" else _base(call)


def _first_time(realm: Realm, person: str) -> dict[str, str]:
    """Apple tells the name once, by the browser."""
    if realm.flavour != "apple" or person in realm.seen:
        return {}
    realm.seen.add(person)
    claims = realm.people()[person]
    name = {"firstName": claims.get("given_name"), "lastName": claims.get("family_name")}
    return {"user": json.dumps({"name": name, "email": claims.get("email")})}


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": code, "error_description": message})
