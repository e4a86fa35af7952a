"""Consent receipts: one record of the ledger for the person to keep, in the sections and words of ISO/IEC TS
27560:2023 (header 6.3.3, processing 6.3.4, parties 6.3.6, event 6.3.7).

It carries the exact text and the attributes of the wording that was shown, which no later one changes. The
brand's name and the purpose's channels are those of the day on which it is made.
"""

import datetime as dt

from django.conf import settings
from django.urls import reverse

from accounts.attributes import ATTRIBUTES
from accounts.models import Brand
from ciam.lib.models import SigningKey
from ciam.lib.signing import sign
from consent.confirmation_links import wording
from consent.models import ConsentRecord, text_hash

SCHEMA = "ISO/IEC TS 27560:2023"
TYP = "consent-receipt+jwt"

Json = dict[str, object]


def receipt(record: ConsentRecord) -> Json:
    """What the record says, as JSON. The person appears by a pseudonym that differs from brand to brand."""
    brand = record.purpose.brand
    return {
        "schema_version": SCHEMA,
        "record_id": str(record.pk),
        "pii_principal_id": record.account.subject(str(brand.pk)),
        "pii_processing": {
            "privacy_notice": _notice(record),
            "purposes": [_purpose(record, brand)],
        },
        "party_identification": [
            {"party_id": brand.slug, "party_name": brand.name, "party_role": "pii_controller"}
        ],
        "event": [_event(record)],
    }


def _notice(record: ConsentRecord) -> Json:
    """The text only where its hash proves that it is the one that was shown."""
    locale, title, text = wording(record)
    was_shown = text_hash(text) == record.text_hash
    return {
        "version": record.version.number,
        "title": title,
        "language": record.locale or locale,
        "text": text if was_shown else None,
        "text_sha256": record.text_hash or None,
        "shown_at": record.surface or None,
    }


def _purpose(record: ConsentRecord, brand: Brand) -> Json:
    return {
        "purpose": record.purpose.key,
        "lawful_basis": record.lawful_basis or record.purpose.lawful_basis,
        "pii_information": [_attribute(name) for name in record.version.releases],
        "pii_controllers": [brand.slug],
        "channels": list(record.purpose.channels),
        "withdrawal_method": f"{settings.BASE_URL}{reverse('account')}",
    }


def _attribute(name: str) -> Json:
    known = ATTRIBUTES.get(name)
    return {"pii_type": name, "pii_name": str(known.label) if known else name}


def _event(record: ConsentRecord) -> Json:
    """`entity_type` is who said it: customer, website, operator or system."""
    return {
        "event_time": _time(record.said_at),
        "recorded_at": _time(record.at),
        "event_state": record.decision,
        "collection_method": record.method,
        "entity_type": record.actor_kind,
        "valid_until": _time(record.expires_at) if record.expires_at else None,
        "previous_record_id": str(record.parent_id) if record.parent_id else None,
    }


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat()


def signed(record: ConsentRecord, now: dt.datetime) -> str:
    """The receipt as a compact JWS (RFC 7515) that our published keys verify.

    The key set of OpenID Connect forgets a key a few days after the next one signs. Receipts are kept for
    years: `keys` names a set that has every key we ever signed receipts with (`every_key`).
    """
    doc = receipt(record)
    claims = {
        "iss": settings.BASE_URL,
        "sub": doc["pii_principal_id"],
        "jti": str(record.pk),
        "iat": int(now.timestamp()),
        "keys": f"{settings.BASE_URL}{reverse('consent-receipt-keys')}",
        "receipt": doc,
    }
    return sign(claims, "ES256", typ=TYP)


def every_key() -> Json:
    """The public keys of all times, as a JWK Set (RFC 7517). Tokens are never judged by these: a key that is
    no longer in the set of OpenID Connect signs nobody in."""
    rows = SigningKey.objects.filter(algorithm="ES256").defer("private_pem").order_by("signs_from")
    return {"keys": [row.public_jwk for row in rows]}
