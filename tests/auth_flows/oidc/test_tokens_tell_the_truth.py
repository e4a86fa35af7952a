"""What tokens say, and who can verify it."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import uuid

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from accounts.models import Account
from auth_flows.assurance import Method
from auth_flows.models import AccessToken, BrowserSession, IDToken
from auth_flows.oidc import access_tokens, id_tokens
from ciam.lib import keys, signing
from ciam.lib.models import SigningKey
from tests.auth_flows.oidc.apps import App, confidential, opened, service, signed_in, userinfo
from tests.people import Kaffeehaus

ISSUER = "http://localhost:8000"


def test_an_id_token_says_who_signed_in_how_and_when(app: App, ada: Account, shop: Kaffeehaus) -> None:
    proven = timezone.now() - dt.timedelta(minutes=5)
    session = signed_in(ada, shop.brand, [Method.PASSWORD, Method.TOTP], at=proven)

    told = app.tokens(session, nonce="n-1")

    claims = opened(told["id_token"]).claims
    half = hashlib.sha256(told["access_token"].encode()).digest()[:16]
    assert 0 < claims.pop("exp") - claims["iat"] <= 600
    assert abs(claims.pop("iat") - timezone.now().timestamp()) < 5
    assert claims == {
        "iss": ISSUER,
        "sub": ada.subject(),
        "aud": app.client.client_id,
        "azp": app.client.client_id,
        "auth_time": int(proven.timestamp()),
        "acr": "urn:ciam:acr:2",
        "amr": ["otp", "pwd", "mfa"],
        "sid": str(session.pk),
        "nonce": "n-1",
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }


def test_it_speaks_of_the_time_of_the_code_and_not_of_later(app: App, session: BrowserSession) -> None:
    code = app.code(session, nonce="")
    session.proofs = [*session.proofs, {"method": "totp", "at": timezone.now().isoformat()}]
    session.save()

    claims = opened(app.redeem(code).json()["id_token"]).claims

    assert claims["acr"] == "urn:ciam:acr:1"
    assert "nonce" not in claims


def test_an_app_gets_the_signature_it_was_registered_with(shop: Kaffeehaus, session: BrowserSession) -> None:
    for registered, expected in [("", "RS256"), ("RS256", "RS256"), ("ES256", "ES256")]:
        told = confidential(shop.brand, algorithm=registered).tokens(session)

        assert opened(told["id_token"]).header["alg"] == expected
        assert opened(told["access_token"]).header["alg"] == "ES256"


def test_an_access_token_says_for_whom_and_for_what(app: App, session: BrowserSession) -> None:
    token = opened(app.tokens(session)["access_token"])

    assert token.header["typ"] == "at+jwt"
    assert token.claims["exp"] - token.claims["iat"] == 600
    assert {
        name: token.claims[name] for name in ("iss", "aud", "sub", "client_id", "scope", "sid", "epoch")
    } == {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": session.account.subject(),
        "client_id": app.client.client_id,
        "scope": "openid profile email offline_access",
        "sid": str(session.pk),
        "epoch": session.epoch,
    }
    assert uuid.UUID(token.claims["jti"]) != uuid.UUID(token.claims["family"])


def test_a_services_token_is_its_own(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    token = app.post("/oauth/token", {"grant_type": "client_credentials"}).json()["access_token"]

    claims = opened(token).claims

    assert claims["sub"] == claims["client_id"] == app.client.client_id
    assert not {"sid", "family", "epoch"} & set(claims)


def test_no_row_is_written_for_a_token_that_is_a_jwt(app: App, session: BrowserSession) -> None:
    app.tokens(session)

    assert not AccessToken.objects.exists()
    assert not IDToken.objects.exists()


def test_one_kind_of_token_is_never_another(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    assert userinfo(told["id_token"]).status_code == 401
    assert app.introspect(told["id_token"]) == {"active": False}
    assert id_tokens.read_hint(told["access_token"]) is None
    assert access_tokens.read(told["id_token"], timezone.now()) is None


def test_a_token_is_over_when_it_has_expired(app: App, session: BrowserSession) -> None:
    now = timezone.now()
    token = app.tokens(session)["access_token"]

    assert access_tokens.read(token, now + dt.timedelta(seconds=590))
    assert access_tokens.read(token, now + dt.timedelta(seconds=601)) is None


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forgeries(token: str) -> dict[str, str]:
    """A token of ours as Mallory would change it."""
    header, claims, signature = token.split(".")
    said = jwt.decode(token, keys.keyring().published, algorithms=["ES256", "RS256"])
    rsa = SigningKey.objects.get(algorithm="RS256")
    public_pem = RSAKey.import_key(rsa.public_jwk).as_pem(private=False)
    own = ECKey.generate_key("P-256")
    nested = base64.urlsafe_b64encode(b"[" * 4_002).decode()
    kid = str(said.header["kid"])
    changed = said.claims | {"sub": "somebody-else"}

    def signed(key: ECKey, **extra: object) -> str:
        protected = {"typ": said.header["typ"], "alg": "ES256", "kid": kid, **extra}
        return jwt.encode(protected, changed, key, algorithms=["ES256"])

    def by_secret(secret: bytes) -> str:
        text = f"{segment({**said.header, 'alg': 'HS256', 'kid': rsa.kid})}.{segment(changed)}"
        digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    return {
        "no signature": f"{header}.{claims}.",
        "another signature": f"{header}.{claims}.{signature[:-4]}AAAA",
        "changed claims": f"{header}.{segment(changed)}.{signature}",
        "alg none": f"{segment({'alg': 'none', 'typ': said.header['typ']})}.{segment(changed)}.",
        "alg none in capitals": f"{segment({'alg': 'NONE'})}.{segment(changed)}.",
        "public key as secret": by_secret(public_pem),
        "own key, our kid": signed(own),
        "own key in the header": signed(own, jwk=own.as_dict(private=False)),
        "another key's kid": f"{segment({**said.header, 'kid': rsa.kid})}.{claims}.{signature}",
        "no kid": f"{segment({'alg': said.header['alg'], 'typ': said.header['typ']})}.{claims}.{signature}",
        "unknown kid": f"{segment({**said.header, 'kid': '../../dev/null'})}.{claims}.{signature}",
        "critical": f"{segment({**said.header, 'crit': ['x'], 'x': 1})}.{claims}.{signature}",
        "five parts": f"{token}.a.b",
        "two parts": f"{header}.{claims}",
        "header is a list": f"{segment([])}.{claims}.{signature}",
        "header is a number": f"{segment(7)}.{claims}.{signature}",
        "alg is a list": f"{segment({'alg': ['ES256']})}.{claims}.{signature}",
        "kid is an object": f"{segment({**said.header, 'kid': {}})}.{claims}.{signature}",
        "nested without end": f"{nested}.{claims}.{signature}",
        "too long": f"{header}.{'A' * 100_000}.{signature}",
        "dots": "...",
        "not ascii": f"\u00e4{token}",
        "nothing": ".",
    }


def test_a_forged_token_opens_nothing(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    for name, forged in forgeries(told["access_token"]).items():
        with pytest.raises(signing.NotOurs):
            signing.read(forged, typ="at+jwt")
        assert app.introspect(forged) == {"active": False}, name
        if forged.isascii():
            assert userinfo(forged).status_code == 401, name
    for name, forged in forgeries(told["id_token"]).items():
        assert id_tokens.read_hint(forged) is None, name
    assert userinfo(told["access_token"]).status_code == 200


def test_a_token_outlives_the_rotation_of_its_key(app: App, session: BrowserSession) -> None:
    now = timezone.now()
    token = app.tokens(session)["access_token"]
    SigningKey.objects.update(signs_from=now - keys.AGE)

    made = keys.rotate(now)
    assert len(made) == 2
    assert keys.rotate(now) == []
    published = {key["kid"] for key in keys.keyring().public["keys"]}
    assert set(made) < published
    assert opened(app.tokens(session)["access_token"]).header["kid"] not in made

    SigningKey.objects.filter(kid__in=made).update(signs_from=now - dt.timedelta(seconds=1))
    keys.forget_cached()
    assert opened(app.tokens(session)["access_token"]).header["kid"] in made
    assert userinfo(token).status_code == 200


def test_a_key_leaves_only_after_its_tokens_are_over(app: App, session: BrowserSession) -> None:
    now = timezone.now()
    token = app.tokens(session)["access_token"]
    SigningKey.objects.update(signs_from=now - keys.AGE)
    keys.rotate(now)

    old = SigningKey.objects.exclude(published_until=None)
    assert all(row.published_until and row.published_until > now + keys.PUBLISHED_AHEAD for row in old)
    old.update(published_until=now)
    keys.forget_cached()
    SigningKey.objects.filter(signs_from__gt=now).update(signs_from=now)
    assert userinfo(token).status_code == 401
