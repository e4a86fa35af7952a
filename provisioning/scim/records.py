"""What a website's call writes beside profile values, in the caller's transaction."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from scim2_models import UniquenessException

from accounts import events
from accounts.events import Change, EventType
from accounts.models import Identifier, IdentifierKind, Membership
from consent import ledger
from consent.models import ConsentRecord
from consent.proofs import Report, answer
from provisioning.models import Website
from provisioning.websites import Caller


def write_answers(
    membership: Membership, reports: Sequence[Report], caller: Caller, now: dt.datetime
) -> list[ConsentRecord]:
    """Raises UnknownPurpose. Whether an answer counts as given is the ledger's to say."""
    answers = [answer(caller.brand, membership.account_id, report, caller.actor, now) for report in reports]
    return ledger.write(answers, now) if answers else []


def hold_external_id(membership: Membership, text: str, caller: Caller, now: dt.datetime) -> bool:
    """The id under which the website itself knows somebody; none for an empty text. Says whether it changed.

    Raises Uniqueness where the website gave it to somebody else.
    """
    held = _external_ids([caller.website.pk]).filter(account=membership.account_id)
    retired = held.exclude(normal=text).update(retired_at=now)
    if not text or held.exists():
        return bool(retired)
    try:
        with transaction.atomic():
            Identifier.objects.create(
                account_id=membership.account_id,
                kind=IdentifierKind.EXTERNAL_ID,
                scope=str(caller.website.pk),
                value=text,
                normal=text,
            )
    except IntegrityError:
        raise UniquenessException(detail="externalId: somebody else of yours has it.") from None
    added = Change(
        EventType.IDENTIFIER_ADDED, membership.account_id, caller.actor, caller.brand.pk, ("external_id",)
    )
    events.record([added], now)
    return True


def retire_external_ids(membership: Membership, now: dt.datetime) -> None:
    """For all websites of the brand, so that each may give the id again (RFC 7644, section 3.6)."""
    websites = Website.objects.filter(brand=membership.brand_id).values_list("pk", flat=True)
    _external_ids(list(websites)).filter(account=membership.account_id).update(retired_at=now)


def _external_ids(websites: Sequence[uuid.UUID]) -> QuerySet[Identifier]:
    return Identifier.objects.filter(
        kind=IdentifierKind.EXTERNAL_ID, scope__in=[str(key) for key in websites], retired_at=None
    )
