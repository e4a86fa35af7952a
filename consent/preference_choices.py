"""What a brand may do with somebody's data: each purpose as its owner sees it, with its buttons."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.attributes import ATTRIBUTES
from accounts.models import Account, Brand
from consent import ledger
from consent.ledger import Standing
from consent.models import Channel, ConsentRecord, Decision, LawfulBasis, Method, Purpose, PurposeVersion

Words = str | Promise
NO = frozenset({Decision.WITHDRAWN, Decision.REFUSED})


class State(StrEnum):
    """How a choice stands, as a page says it."""

    AGREED = "agreed"
    CHANGED = "changed"  # agreed, to words that have changed since in what matters
    USED = "used"  # without being asked, until somebody objects
    WAITING = "waiting"
    UNPROVEN = "unproven"
    ENDED = "ended"
    NO = "no"
    UNANSWERED = "unanswered"
    FIXED = "fixed"


ASKS = frozenset({State.USED, State.CHANGED, State.AGREED, State.WAITING, State.UNPROVEN})
"""States that somebody who wants to be left alone would end."""


@dataclass(frozen=True)
class Button:
    """It posts its own words. To turn round what stands would let an old page's "Withdraw" agree."""

    decision: Decision
    label: Words


@dataclass(frozen=True)
class Choice:
    """A purpose. `after` is the record that stands, to which the buttons are an answer; empty: none does."""

    version: PurposeVersion
    locale: str
    title: str
    text: str
    state: State
    is_interest: bool
    """It needs no agreement: one can object."""
    shares: tuple[Words, ...]
    channels: tuple[Words, ...]
    since: dt.datetime | None
    where: Words
    buttons: tuple[Button, ...]
    after: str


@dataclass(frozen=True)
class Choices:
    """All of a brand's."""

    brand: Brand
    open: tuple[Choice, ...]
    fixed: tuple[Choice, ...]
    """That go with being a customer."""

    @property
    def can_stop(self) -> bool:
        return any(choice.state in ASKS for choice in self.open)


def is_fixed(purpose: Purpose) -> bool:
    """It goes with the contract: one can't withdraw it and keep that."""
    return purpose.required or purpose.lawful_basis == LawfulBasis.CONTRACT


def choices(account: Account, brand: Brand, *, by_link: bool) -> Choices:
    """`by_link`: who looks has shown no more than a mailbox."""
    now = timezone.now()
    versions = ledger.latest_versions(brand)
    purposes = [version.purpose for version in versions]
    standings = ledger.standings([account.pk], purposes, now)
    due = {version.pk for version in ledger.due(account.pk, brand)}
    rows = [
        _choice(
            version,
            standings[account.pk, version.purpose_id],
            is_due=version.pk in due,
            by_link=by_link,
        )
        for version in versions
    ]
    fixed = tuple(row for row in rows if row.state == State.FIXED)
    return Choices(brand, tuple(row for row in rows if row.state != State.FIXED), fixed)


def _choice(version: PurposeVersion, stands: Standing, *, is_due: bool, by_link: bool) -> Choice:
    locale, title, text = version.wording(get_language() or "en")
    state = state_of(stands, is_due=is_due)
    # What leaves is what the wording says that was agreed to, even where a newer one names more.
    releases = stands.releases if stands.allows and state != State.CHANGED else set(version.releases)
    return Choice(
        version=version,
        locale=locale,
        title=title,
        text=text,
        state=state,
        is_interest=version.purpose.lawful_basis == LawfulBasis.LEGITIMATE_INTEREST,
        shares=_labels(releases),
        channels=tuple(CHANNELS[Channel(one)] for one in version.purpose.channels),
        since=stands.since if stands.record or stands.allows else None,
        where=where(stands.record) if stands.record else "",
        buttons=_buttons(state, version.purpose, by_link=by_link),
        after=str(stands.record.pk) if stands.record else "",
    )


def state_of(stands: Standing, *, is_due: bool) -> State:
    """`is_due`: the present wording waits for an answer."""
    if is_fixed(stands.purpose):
        return State.FIXED
    if stands.record is None:
        return State.USED if stands.allows else State.UNANSWERED
    if stands.allows:
        return State.CHANGED if is_due and stands.record.decision == Decision.GIVEN else State.AGREED
    return OTHERS[Decision(stands.record.decision)]


OTHERS = {
    Decision.GIVEN: State.ENDED,  # its time is over, and nobody has written that down yet
    Decision.EXPIRED: State.ENDED,
    Decision.WITHDRAWN: State.NO,
    Decision.REFUSED: State.NO,
    Decision.PENDING: State.WAITING,
    Decision.UNPROVEN: State.UNPROVEN,
}


def _buttons(state: State, purpose: Purpose, *, by_link: bool) -> tuple[Button, ...]:
    is_interest = purpose.lawful_basis == LawfulBasis.LEGITIMATE_INTEREST
    stop = Button(Decision.WITHDRAWN, _("Object") if is_interest else _("Withdraw"))
    agree = Button(Decision.GIVEN, _("Allow again") if is_interest else _("Agree"))
    match state:
        case State.FIXED:
            return ()
        case State.AGREED | State.USED:
            return (stop,)
        case State.CHANGED | State.UNPROVEN:
            return (agree, stop)
        case State.WAITING:
            again = Button(Decision.GIVEN, _("Send the mail again")) if by_link else agree
            return (again, stop)
    return (agree,)


def _labels(releases: Iterable[str]) -> tuple[Words, ...]:
    known = set(releases)
    labels: Mapping[str, Words] = {
        "email": _("E-mail address"),
        **{name: attribute.label for name, attribute in ATTRIBUTES.items()},
    }
    return tuple(label for name, label in labels.items() if name in known)


CHANNELS: dict[Channel, Words] = {
    Channel.EMAIL: _("e-mail"),
    Channel.SMS: _("text message"),
    Channel.PHONE: _("phone"),
    Channel.POST: _("post"),
    Channel.PUSH: _("push message"),
    Channel.WEB: _("our websites"),
    Channel.ADS: _("advertising elsewhere"),
}

# Of our own pages; the first that fits.
PAGES: dict[str, Words] = {
    "/account/": _("in your account"),
    "/sign-in/": _("while signing in"),
    "/preferences/confirm/": _("by the link in a mail to you"),
    "/preferences/unsubscribe/": _("by “Unsubscribe” in a mail to you"),
    "/preferences/": _("on your page of choices"),
}
METHODS: dict[Method, Words] = {
    Method.SIGNAL: _("by a signal of your browser"),
    Method.IMPORT: _("from our earlier records"),
    Method.CLOCK: _("by itself"),
}


def where(record: ConsentRecord) -> Words:
    """On which page or how, in words."""
    if Method(record.method) in METHODS:
        return METHODS[Method(record.method)]
    if record.surface.startswith(settings.BASE_URL):
        path = record.surface.removeprefix(settings.BASE_URL)
        return next((words for start, words in PAGES.items() if path.startswith(start)), "")
    host = urlsplit(record.surface).netloc
    return str(_("on %(website)s")) % {"website": host} if host else ""
