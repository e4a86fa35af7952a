"""Double opt-in: a reported answer waits until the person confirms it from their mailbox."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.memberships import begin_proven
from accounts.models import LEAVING, Account, Brand, Event, Identifier, IdentifierKind, Membership
from accounts.models import MembershipStatus as Member
from consent import ledger
from consent.confirmation_links import Asked
from consent.confirmation_mail import ask
from consent.ledger import Given
from consent.models import ConsentRecord, Decision


def write_reported(
    answers: Sequence[Given], now: dt.datetime, *, of_new: bool = False
) -> list[ConsentRecord]:
    """Write down what a website or an import reports, and mail to those whose answer waits for them.

    The same report once more adds nothing, and asks the person again as far as the limits of mail let it.
    """
    with transaction.atomic(savepoint=False):
        added = ledger.write(answers, now, of_new=of_new)
        waiting = _waiting(answers, added)
        if waiting:
            events.afterwards(lambda: ask(waiting, now))
    return added


def _waiting(answers: Sequence[Given], added: Sequence[ConsentRecord]) -> list[ConsentRecord]:
    asked = {
        (answer.account_id, answer.shown.version.purpose_id): answer.shown.version.purpose
        for answer in answers
        if answer.decision == Decision.PENDING
    }
    stands = {(record.account_id, record.purpose_id): record for record in added}
    before = asked.keys() - stands.keys()
    if before:
        stands |= ledger.current([account for account, _purpose in before], [asked[line] for line in before])
    return [stands[line] for line in asked if line in stands and _pends(stands[line])]


def _pends(record: ConsentRecord | None) -> bool:
    return record is not None and record.decision == Decision.PENDING


def still_waits(record: ConsentRecord, stands: ConsentRecord | None) -> bool:
    """Whether nothing was answered since."""
    return stands is not None and stands.pk == record.pk and _pends(stands)


def confirm(asked: Asked, record: ConsentRecord, answer: Given, now: dt.datetime) -> bool:
    """Write the person's answer in the place of the pending one; says whether that still waited for it.

    Who agrees has shown that they read the mailbox: the account's own address, if it is that one, is proven.
    """
    with events.together():
        account = Account.objects.locked([asked.account.pk])[0]
        stands = ledger.current([account.pk], [record.version.purpose])
        waits = still_waits(record, stands.get((account.pk, record.purpose_id)))
        if not waits or account.status in LEAVING:
            return False
        ledger.write([answer], now)
        if answer.decision == Decision.GIVEN:
            _prove(account, asked, answer.actor, now)
            _come_back(account, asked.brand, record, answer.actor, now)
    return True


def _prove(account: Account, asked: Asked, actor: Actor, now: dt.datetime) -> None:
    own = Identifier.objects.filter(
        account=account, scope="", kind=IdentifierKind.EMAIL, normal=asked.mailbox, retired_at=None
    )
    if own.filter(verified_at=None).update(verified_at=now):
        told = Change(EventType.IDENTIFIER_VERIFIED, account.pk, actor, asked.brand.pk, ("email",))
        events.record([told], now)


def _come_back(account: Account, brand: Brand, record: ConsentRecord, actor: Actor, now: dt.datetime) -> None:
    """Whoever had left the brand and was asked after that is with it again; who left later stays away."""
    if not Membership.objects.filter(account=account, brand=brand, status=Member.ENDED).exists():
        return
    ends = Event.objects.filter(account_id=account.pk, brand_id=brand.pk, type=EventType.MEMBERSHIP_ENDED)
    if not ends.filter(at__gte=record.at).exists() and begin_proven(account, brand, "confirmation", now).now:
        events.record([Change(EventType.MEMBERSHIP_BEGAN, account.pk, actor, brand.pk)], now)
