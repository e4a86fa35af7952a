"""Which ID tokens the shop believes."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping

import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet

from demo.shop.oidc.id_token import claims_of
from demo.shop.oidc.told import told_by
from demo.shop.shapes import ShapeError

ISSUER, NOW = "https://id.example.com", 1_780_000_000
KEY = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, auto_kid=True)
OTHER = ECKey.generate_key("P-256", auto_kid=True)
KEYS = KeySet([KEY])
CLAIMS = {
    "iss": ISSUER,
    "sub": "0b9c",
    "aud": "shop",
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": "a-nonce",
    "auth_time": NOW - 5,
}


def signed(claims: Mapping[str, object], key: ECKey = KEY, kid: str | None = KEY.kid) -> str:
    return jwt.encode({"alg": "ES256", "kid": kid}, dict(claims), key)


def believed(token: str) -> Mapping[str, object]:
    return claims_of(token, KEYS, issuer=ISSUER, client_id="shop", nonce="a-nonce", now=NOW)


def test_one_that_is_ours_is_believed() -> None:
    assert believed(signed(CLAIMS))["sub"] == "0b9c"
    assert believed(signed({**CLAIMS, "aud": ["shop", "api"], "azp": "shop"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "other-app"},
        {"aud": ["shop", "other-app"]},
        {"azp": "other-app"},
        {"exp": NOW - 31},
        {"iat": NOW + 31},
        {"nonce": "of-another-sign-in"},
    ],
)
def test_one_that_is_wrong_in_one_point_is_not(wrong: dict[str, object]) -> None:
    with pytest.raises((JoseError, ValueError)):
        believed(signed({**CLAIMS, **wrong}))


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "nonce"])
def test_one_that_leaves_something_out_is_not(missing: str) -> None:
    with pytest.raises(JoseError):
        believed(signed({name: value for name, value in CLAIMS.items() if name != missing}))


def test_a_foreign_signature_is_not() -> None:
    with pytest.raises(JoseError):
        believed(signed(CLAIMS, OTHER))


def test_a_key_that_is_not_known_is_told_apart_so_that_keys_can_be_read_anew() -> None:
    with pytest.raises(InvalidKeyIdError):
        believed(signed(CLAIMS, OTHER, OTHER.kid))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(alg: str, sign: Callable[[bytes], bytes]) -> str:
    header = encoded(json.dumps({"alg": alg, "kid": KEY.kid}).encode())
    body = f"{header}.{encoded(json.dumps(CLAIMS).encode())}"
    return f"{body}.{encoded(sign(body.encode()))}"


def test_the_token_does_not_choose_how_it_is_checked() -> None:
    public = KEY.as_pem(private=False)
    with_our_public_key = forged("HS256", lambda body: hmac.digest(public, body, "sha256"))
    unsigned = forged("none", lambda _body: b"")

    for token in (with_our_public_key, unsigned, "", "a.b.c"):
        with pytest.raises((JoseError, ValueError)):
            believed(token)


def test_odd_claims_are_refused_not_shown() -> None:
    for odd in ({"sub": 7}, {"auth_time": "noon"}, {"auth_time": 10**20}, {"amr": "pwd"}, {"email": ["a"]}):
        with pytest.raises(ShapeError):
            told_by({**CLAIMS, **odd})
