"""What a website's call writes beside profile values, in the caller's transaction."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from scim2_models import UniquenessException

from accounts.handles import Taken
from accounts.models import Identifier, IdentifierKind, Membership
from consent.confirming import write_reported
from consent.models import ConsentRecord
from consent.proofs import Report, answer
from provisioning.models import Website
from provisioning.websites import Caller

FIELDS = {
    IdentifierKind.USERNAME: "userName",
    IdentifierKind.EMAIL: "emails",
    IdentifierKind.PHONE: "phoneNumbers",
    IdentifierKind.EXTERNAL_ID: "externalId",
}


def write_answers(
    membership: Membership,
    reports: Sequence[Report],
    caller: Caller,
    now: dt.datetime,
    *,
    of_new: bool = False,
) -> list[ConsentRecord]:
    """Raises UnknownPurpose. Whether an answer counts as given is the ledger's to say."""
    answers = [answer(caller.brand, membership.account_id, report, caller.actor, now) for report in reports]
    return write_reported(answers, now, of_new=of_new) if answers else []


def keep_reported(
    membership: Membership, entries: Sequence[Mapping[str, Any]], caller: Caller
) -> tuple[Mapping[str, Any], ...]:
    """The website's own words on consents, for it to read again. They decide nothing. One query."""
    said = [dict(entry) for entry in entries]
    membership.reported = membership.reported | {str(caller.website.pk): said}
    Membership.objects.filter(pk=membership.pk).update(reported=membership.reported)
    return tuple(said)


def taken(error: Taken) -> UniquenessException:
    return UniquenessException(detail=f"{FIELDS[error.kind]}: somebody else of yours has it.")


def forget_external_ids(membership: Membership) -> None:
    """For all websites of the brand, so that each may give the id again (RFC 7644, section 3.6)."""
    _external_ids(membership).delete()


def _external_ids(membership: Membership) -> QuerySet[Identifier]:
    websites = Website.objects.filter(brand=membership.brand_id).values_list("pk", flat=True)
    return Identifier.objects.filter(
        account=membership.account_id,
        kind=IdentifierKind.EXTERNAL_ID,
        scope__in=[str(key) for key in websites],
    )
