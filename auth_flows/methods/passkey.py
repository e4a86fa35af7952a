"""Passkeys (WebAuthn level 3): keys that answer to our address alone, once their owner was verified.

Registration: https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential
Assertion: https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion
"""

import datetime as dt
import hmac
import logging
from collections.abc import Iterable, Mapping
from typing import NoReturn
from urllib.parse import urlsplit

import webauthn
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.db.models import Q
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_cbor,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Account, Status
from auth_flows.models import Authenticator
from auth_flows.passkeys import bounds
from auth_flows.passkeys.challenges import LIFETIME, Ceremony, Holder, make, use_up
from auth_flows.passkeys.credential import Credential
from ciam.lib.throttle import Limit

log = logging.getLogger(__name__)

PER_ADDRESS = Limit("passkey from an address", most=300, seconds=900)
ALGORITHMS = [Algorithm.ECDSA_SHA_256, Algorithm.EDDSA, Algorithm.RSASSA_PKCS1_v1_5_SHA_256]
LEAST_RSA, MOST_RSA, RSA_EXPONENT = 2_048, 4_096, 65_537
TIMEOUT_MS = int(LIFETIME.total_seconds() * 1_000)
SELF_MADE = {"none": set[str](), "packed": {"alg", "sig"}}
"""We ask for no attestation; "packed" without certificates is made with the key itself (WebAuthn, 8.2)."""


class Refused(Exception):
    """The passkey doesn't count. Why stands here for tests and logs; a page says the same of all."""


def rp_id() -> str:
    """One for all brands: a passkey is bound to the issuer's host."""
    return str(urlsplit(settings.BASE_URL).hostname)


def creation_options(
    holder: Holder, *, name: str, handle: str, place: str, held: Iterable[Authenticator], now: dt.datetime
) -> str:
    """JSON for `navigator.credentials.create`: a key that can be found without a name, and that asks its
    owner for a fingerprint, a face or a PIN. `held`: theirs already, of which no second is made."""
    options = webauthn.generate_registration_options(
        rp_id=rp_id(),
        rp_name=place or rp_id(),
        user_id=base64url_to_bytes(handle),
        user_name=name,
        challenge=make(holder, Ceremony.CREATE, now),
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(held),
        supported_pub_key_algs=ALGORITHMS,
    )
    return webauthn.options_to_json(options)


def request_options(holder: Holder, *, held: Iterable[Authenticator], now: dt.datetime) -> str:
    """JSON for `navigator.credentials.get`. `held` is empty before a first proof: nothing says whose."""
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(),
        challenge=make(holder, Ceremony.GET, now),
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(held),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def _descriptors(held: Iterable[Authenticator]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(row.credential_id),
            transports=[AuthenticatorTransport(one) for one in row.details.get("transports", [])],
        )
        for row in held
    ]


def passkeys_of(account: Account) -> list[Authenticator]:
    rows = Authenticator.objects.filter(
        account=account, kind=Authenticator.Kind.PASSKEY, confirmed_at__isnull=False
    )
    return list(rows.order_by("created_at"))


def register(holder: Holder, said: str, *, handle: str, now: dt.datetime) -> Credential:
    """A new passkey, verified; raises Refused. The challenge is used up whatever comes of it."""
    answer = _opened(holder, Ceremony.CREATE, said, now)
    try:
        attestation = bounds.part(answer, "attestationObject")
        bounds.check_attestation(attestation)
        found = parse_cbor(attestation)
        if set(found["attStmt"]) != SELF_MADE.get(found["fmt"]) or not isinstance(found["attStmt"], dict):
            raise Refused("attested, unasked")
        made = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=_challenge(answer),
            expected_rp_id=rp_id(),
            expected_origin=settings.BASE_URL,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        _judge_key(made.credential_public_key)
        if made.credential_id != base64url_to_bytes(str(answer["id"])):
            raise Refused("another id was signed")
    except Exception as error:
        _refuse(error)
    credential = Credential(
        id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        handle=handle,
        aaguid=made.aaguid,
        synced=made.credential_device_type == "multi_device",
        transports=_transports(answer),
    )
    if credential.is_taken():
        raise Refused("this credential stands already")
    return credential


def _transports(answer: Mapping[str, object]) -> list[str]:
    response = answer["response"]
    said = response.get("transports") if isinstance(response, dict) else None
    known = {one.value for one in AuthenticatorTransport}
    return sorted({one for one in said if isinstance(one, str)} & known) if isinstance(said, list) else []


def _judge_key(stored: bytes) -> None:
    """The library stores what it could not use: a key must be of its algorithm's kind, and of a fair size."""
    decoded = decode_credential_public_key(stored)
    key = decoded_public_key_to_cryptography(decoded)
    fits = {
        Algorithm.ECDSA_SHA_256: isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1),
        Algorithm.EDDSA: isinstance(key, Ed25519PublicKey),
        Algorithm.RSASSA_PKCS1_v1_5_SHA_256: isinstance(key, RSAPublicKey)
        and LEAST_RSA <= key.key_size <= MOST_RSA
        and key.public_numbers().e == RSA_EXPONENT,
    }
    if not fits[decoded.alg]:
        raise Refused("the key is not of its algorithm")


def prove(
    holder: Holder, said: str, *, realm: str, account: Account | None, now: dt.datetime
) -> Authenticator:
    """The passkey that answered; raises Refused. `account`: whose it must be; None: it says so itself.

    Of somebody who may not sign in it is refused as any other, and counts as unused.
    """
    answer = _opened(holder, Ceremony.GET, said, now)
    row = (
        Authenticator.objects.select_related("account")
        .filter(kind=Authenticator.Kind.PASSKEY, credential_id=answer["id"], confirmed_at__isnull=False)
        .first()
    )
    if row is None:
        raise Refused("nobody's")
    try:
        bounds.check_authenticator_data(bounds.part(answer, "authenticatorData"))
        seen = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=_challenge(answer),
            expected_rp_id=rp_id(),
            expected_origin=settings.BASE_URL,
            credential_public_key=bytes(row.public_key or b""),
            credential_current_sign_count=0,  # compared where it is written, below
            require_user_verification=True,
        )
        _same_owner(row, answer, must_say=account is None)
    except Exception as error:
        _refuse(error)
    if (seen.credential_device_type == "multi_device") != row.details["synced"]:
        raise Refused("what can be copied can't become what can't, nor the other way")
    if account is not None and row.account_id != account.pk:
        raise Refused("somebody else's")
    if row.account.realm != realm or row.account.status != Status.ACTIVE:
        raise Refused("its owner may not sign in here")
    _count(row, seen.new_sign_count, now)
    return row


def _same_owner(row: Authenticator, answer: Mapping[str, object], *, must_say: bool) -> None:
    """The handle that the authenticator keeps beside the key (WebAuthn, 7.2, step 6)."""
    response = answer["response"]
    assert isinstance(response, dict)
    said = response.get("userHandle")
    if said is None and not must_say:
        return
    if not hmac.compare_digest(bounds.octets(said), base64url_to_bytes(row.details["handle"])):
        raise Refused("the key is kept under another's handle")


def _count(row: Authenticator, counted: int, now: dt.datetime) -> None:
    """The counter only rises, except where an authenticator keeps none (WebAuthn, 6.1.1)."""
    rising = Q(sign_count__lt=counted) if counted else Q(sign_count=0)
    if not Authenticator.objects.filter(rising, pk=row.pk).update(sign_count=counted, last_used_at=now):
        log.warning("The counter of passkey %s went back: it may have been copied.", row.pk)
        raise Refused("the counter went back")


def _opened(holder: Holder, ceremony: Ceremony, said: str, now: dt.datetime) -> Mapping[str, object]:
    """What was posted, if it answers a challenge of ours from a page of ours. Uses the challenge up."""
    try:
        answer = bounds.opened(said)
        data = bounds.client_data(answer)
        challenge = bounds.octets(data.get("challenge"))
    except bounds.Malformed as error:
        raise Refused(str(error)) from error
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise Refused("asked inside another site's page")
    if not use_up(holder, ceremony, challenge, now):
        raise Refused("the challenge is over, or another's")
    return answer


def _challenge(answer: Mapping[str, object]) -> bytes:
    return bounds.octets(bounds.client_data(answer)["challenge"])


def _refuse(error: Exception) -> NoReturn:
    """Whatever a stranger's bytes make the library raise: it has a dozen kinds, and Python some more."""
    if isinstance(error, Refused):
        raise error
    raise Refused(f"{type(error).__name__}: {error}"[:200]) from error
