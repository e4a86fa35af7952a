"""Whether an ID token is ours, new and meant for this sign-in (OpenID Connect Core, section 3.1.3.7)."""

from collections.abc import Mapping

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from demo.shop.oidc.failed import SignInFailed
from demo.shop.oidc.provider import Provider

# Never what the token's own header asks for: neither "none", nor a secret made from a public key.
ALGORITHMS = ("ES256", "RS256")
LEEWAY_SECONDS = 30


def checked_claims(provider: Provider, id_token: str, *, client_id: str, nonce: str) -> Mapping[str, object]:
    """Its claims; raises SignInFailed, CiamAway, CiamOdd."""

    def claims(keys: KeySet) -> Mapping[str, object]:
        return claims_of(id_token, keys, issuer=provider.issuer, client_id=client_id, nonce=nonce)

    try:
        try:
            return claims(provider.keys())
        except InvalidKeyIdError:
            return claims(provider.keys(fresh=True))
    except (JoseError, ValueError) as exc:
        raise SignInFailed("bad_id_token", f"What we were told about you can't be trusted ({exc}).") from exc


def claims_of(
    id_token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: int | None = None
) -> Mapping[str, object]:
    """Raises JoseError, ValueError."""
    claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    _check_party(claims, client_id)
    return claims


def _check_party(claims: Mapping[str, object], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    shared = isinstance(audience, list) and len(audience) > 1
    if (party is None and shared) or (party is not None and party != client_id):
        raise ValueError("it was made for another app")
