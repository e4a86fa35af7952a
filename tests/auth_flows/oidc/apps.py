"""Apps as their developers write them: they make a request, take the code and ask for tokens."""

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit

from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from accounts.models import Account, Brand
from auth_flows.assurance import Method, Proof
from auth_flows.models import BrowserSession, Client
from auth_flows.models.client import ApplicationType
from auth_flows.oidc import answers
from auth_flows.oidc.clients import create_client
from auth_flows.oidc.requests import AuthorizationRequest, check
from ciam.lib.crypto import new_token, token_hash
from ciam.lib.keys import keyring

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

Answer: TypeAlias = "_MonkeyPatchedWSGIResponse"

CALLBACK = "https://shop.example/callback"
AFTERWARDS = "https://shop.example/bye"
LOOPBACK = "http://127.0.0.1/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-1"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True)
class App:
    """An app and the secret that its developer was given."""

    client: Client
    secret: str

    def asks(self, **changed: str) -> dict[str, str]:
        """The parameters of an authorization request without a flaw; "" takes one away."""
        said = {
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris.split()[0],
            "response_type": "code",
            "scope": " ".join(self.client.scopes),
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**said, **changed}.items() if value}

    def request(self, **changed: str) -> AuthorizationRequest:
        return check(RequestFactory().get("/oauth/authorize", self.asks(**changed)))

    def code(self, session: BrowserSession, age: int = 0, /, **changed: str) -> str:
        """A code that was given `age` seconds ago."""
        now = timezone.now() - dt.timedelta(seconds=age)
        return answer_of(answers.give_code(self.request(**changed), session, now))["code"]

    def basic(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def post(self, path: str, said: dict[str, str]) -> Answer:
        """As this app, by its secret or, where it has none, by its name."""
        headers = self.basic() if self.secret else {}
        named = {} if self.secret else {"client_id": self.client.client_id}
        return post(path, {**named, **said}, headers)

    def redeem(self, code: str, **changed: str) -> Answer:
        said = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris.split()[0],
            "code_verifier": VERIFIER,
        }
        return self.post("/oauth/token", {n: v for n, v in {**said, **changed}.items() if v})

    def tokens(self, session: BrowserSession, **changed: str) -> dict[str, Any]:
        response = self.redeem(self.code(session, **changed))
        assert response.status_code == 200, response.content
        return json_of(response)

    def refresh(self, token: str, **more: str) -> Answer:
        return self.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token, **more})

    def introspect(self, token: str) -> dict[str, Any]:
        return json_of(self.post("/oauth/introspect", {"token": token}))


def confidential(brand: Brand, **more: Any) -> App:
    defaults: dict[str, Any] = {
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [AFTERWARDS],
        "scopes": SCOPES,
    }
    return App(*create_client(brand, "Shop", **(defaults | more)))


def public(brand: Brand, **more: Any) -> App:
    return confidential(brand, public=True, **more)


def native(brand: Brand, redirect_uris: Iterable[str] = (LOOPBACK,)) -> App:
    return public(brand, application_type=ApplicationType.NATIVE, redirect_uris=redirect_uris)


def service(brand: Brand, scopes: Iterable[str] = ("stock:read", "stock:write")) -> App:
    grant = Client.GRANT_CLIENT_CREDENTIALS
    return App(*create_client(brand, "Stock", scopes=scopes, grant_type=grant))


def signed_in(
    account: Account,
    brand: Brand | None,
    methods: Iterable[Method] = (Method.PASSWORD,),
    *,
    key: str = "",
    at: dt.datetime | None = None,
) -> BrowserSession:
    now = at or timezone.now()
    return BrowserSession.objects.create(
        key_hash=token_hash(key or new_token()),
        account=account,
        brand=brand,
        epoch=account.session_epoch,
        proofs=[Proof(method, now).as_json() for method in methods],
        seen_at=timezone.now(),
        idle_ends_at=timezone.now() + dt.timedelta(days=14),
        ends_at=timezone.now() + dt.timedelta(days=30),
    )


def post(path: str, said: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
    return Browser(enforce_csrf_checks=True).post(
        path, urlencode(said), content_type="application/x-www-form-urlencoded", headers=headers or {}
    )


def userinfo(access_token: str) -> Answer:
    return Browser().get("/oauth/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def json_of(response: Answer) -> dict[str, Any]:
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def answer_of(address: str) -> dict[str, str]:
    """The query of an address to which a browser was sent, each name once."""
    query = parse_qs(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def opened(token: str, algorithms: Iterable[str] = ("RS256", "ES256")) -> jwt.Token:
    """A token, verified as an app would: with nothing but the published keys."""
    published = KeySet.import_key_set(keyring().public)  # type: ignore[arg-type]
    return jwt.decode(token, published, algorithms=list(algorithms))


@contextmanager
def at_most(queries: int) -> Iterator[None]:
    """No more statements than this; those that only begin and end transactions don't count."""
    with CaptureQueriesContext(connection) as captured:
        yield
    said = [query["sql"] for query in captured.captured_queries]
    counted = [sql for sql in said if not re.match(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE SAVEPOINT)", sql)]
    assert len(counted) <= queries, "\n".join(counted)
