"""The certificate of an erasure: when we erased somebody, and what each target said. It is made from what is
left, and what is left names nobody: ids, times and outcomes."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from accounts.events import EventType
from accounts.models import Account, Event, Status
from ciam.lib.crypto import keyed_hash
from provisioning.models import Link, Outcome


class NotErased(Exception):
    """There is nothing to certify."""


class Erasure(StrEnum):
    """How far a target is with it."""

    CONFIRMED = "confirmed"
    REQUESTED = "requested"
    FAILED = "failed"
    TOLD = "told, and it never confirms"
    """A target that takes events hears of it as of any other."""
    NEVER_KNEW = "never knew this person"


@dataclass(frozen=True)
class Receipt:
    """One target's. `remote_id_hash` is a keyed hash of its own number of the person: who knows the number
    can have it compared here."""

    target: str
    brand: str
    erasure: Erasure
    requested_at: dt.datetime | None
    confirmed_at: dt.datetime | None
    remote_id_hash: str
    task: str


@dataclass(frozen=True)
class Certificate:
    account: str
    erased_at: dt.datetime
    """When it was erased here."""
    issued_at: dt.datetime
    receipts: tuple[Receipt, ...]

    @property
    def is_complete(self) -> bool:
        """Every target that ever knew this person has erased it, as far as it says."""
        return not any(one.erasure in {Erasure.REQUESTED, Erasure.FAILED} for one in self.receipts)


def certificate(account: Account, now: dt.datetime) -> Certificate:
    """Raises NotErased."""
    erased = Event.objects.filter(account_id=account.pk, type=EventType.ACCOUNT_ERASED).order_by("id").first()
    if account.status != Status.ERASED or erased is None:
        raise NotErased
    links = Link.objects.filter(account_id=account.pk).select_related("connector__brand")
    return Certificate(
        account=str(account.pk),
        erased_at=erased.at,
        issued_at=now,
        receipts=tuple(
            receipt(link) for link in links.defer("connector__secret").order_by("connector__name", "pk")
        ),
    )


def receipt(link: Link) -> Receipt:
    """What stands in a link of somebody whom the target has to erase, or had to."""
    state = erasure_of(link)
    return Receipt(
        target=link.connector.name,
        brand=link.connector.brand.name,
        erasure=state,
        requested_at=link.erasure_asked_at or (link.behind_since if state is Erasure.REQUESTED else None),
        confirmed_at=link.sent_at if state is Erasure.CONFIRMED else None,
        remote_id_hash=keyed_hash("remote id", link.remote_id) if link.remote_id else "",
        task=link.erasure_task,
    )


def erasure_of(link: Link) -> Erasure:
    if link.needs_human:
        return Erasure.FAILED
    if not link.connector.keeps_state:
        return Erasure.TOLD if link.erasure_asked_at else Erasure.REQUESTED
    if link.outcome == Outcome.ERASED and not link.is_behind:
        return Erasure.CONFIRMED
    if link.outcome == Outcome.NOTHING and not link.is_behind:
        return Erasure.NEVER_KNEW
    return Erasure.REQUESTED
