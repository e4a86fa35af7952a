"""Somebody filled in a form on a brand's website, or another did in their name: nothing here is proven."""

import datetime as dt

from accounts import events
from accounts.events import Actor
from accounts.models import LEAVING, Account, Membership, MembershipStatus
from accounts.registration import AlreadyMember, Met, meet, raced
from consent.confirming import write_reported
from consent.ledger import Given
from consent.models import Method
from consent.proofs import Report, answer
from provisioning.lite_form import Filled
from provisioning.models import Website


def take(website: Website, form: Filled, now: dt.datetime) -> None:
    """Keep what a form says of somebody new, and have them confirm by mail what it says they agreed to.

    Of somebody whom the brand knows nothing is touched, nor does one who left come back by it: that takes the
    yes in the mailbox. Raises UnknownPurpose, and has kept nothing then.
    """
    raced(lambda: _take(website, form, now))


def _take(website: Website, form: Filled, now: dt.datetime) -> None:
    actor = Actor("website", str(website.pk))
    with events.together():
        account, is_new = _met(website, form.met, actor)
        if account.status in LEAVING:
            return
        answers = [_answer(website, account, report, actor, now) for report in form.reports]
        if answers:
            write_reported(answers, now, of_new=is_new)


def _met(website: Website, met: Met, actor: Actor) -> tuple[Account, bool]:
    """The account, and whether it was made just now."""
    left = _who_left(website, met)
    if left is not None:
        return left.account, False
    try:
        meeting = meet(website.brand, met, actor, how="form")
    except AlreadyMember as known:
        return known.membership.account, False
    return meeting.membership.account, meeting.is_new


def _who_left(website: Website, met: Met) -> Membership | None:
    own = met.own
    assert own is not None
    ended = Membership.objects.filter(brand=website.brand, status=MembershipStatus.ENDED)
    return (
        ended.filter(
            account__identifiers__scope="",
            account__identifiers__kind=own.kind,
            account__identifiers__normal=own.normal,
            account__identifiers__retired_at=None,
        )
        .select_related("account")
        .first()
    )


def _answer(website: Website, account: Account, report: Report, actor: Actor, now: dt.datetime) -> Given:
    return answer(website.brand, account.pk, report, actor, now, method=Method.API, must_confirm=True)
