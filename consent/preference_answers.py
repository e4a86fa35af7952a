"""What a button of somebody's choices does, whichever page it stands on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import events
from accounts.models import LEAVING, Account, Brand
from consent import ledger
from consent.clicks import clicked
from consent.confirming import write_reported
from consent.ledger import Given
from consent.models import Decision, PurposeVersion
from consent.preference_choices import ASKS, NO, is_fixed, state_of

STOP_ALL = "everything"


class NoButton(ValueError):
    """What was posted is nothing that a button of ours says."""


class Outcome(StrEnum):
    """What came of a press, as the next page tells it."""

    AGREED = "agreed"
    WAITS = "waits"
    STOPPED = "stopped"
    STOPPED_ALL = "stopped-all"
    OUTDATED = "outdated"


TOLD: dict[str, str | Promise] = {
    Outcome.AGREED: _("You agreed. The systems that it is about are being told now."),
    Outcome.WAITS: _("We have sent you a mail. Your yes counts once you confirm it there."),
    Outcome.STOPPED: _(
        "Done. Your data is no longer used for this. "
        "The systems that had it for this are being told now, usually within seconds."
    ),
    Outcome.STOPPED_ALL: _(
        "Done. All that you can stop is stopped. "
        "The systems that had your data are being told now, usually within seconds."
    ),
    Outcome.OUTDATED: _("Nothing was changed, because the page was an old one. This is how it stands now."),
}


@dataclass(frozen=True)
class Press:
    """One press: an answer to a wording, in the place of the record `after` (as Choice has it)."""

    version: UUID
    decision: Decision
    after: str

    @classmethod
    def of(cls, posted: Mapping[str, str], version: UUID | None = None) -> "Press":
        """`version`: from elsewhere than the form. Raises NoButton."""
        decision = posted.get("decision", "")
        if decision not in {Decision.GIVEN, Decision.WITHDRAWN}:
            raise NoButton
        try:
            version = version or UUID(posted.get("version", ""))
        except ValueError:
            raise NoButton from None
        return cls(version, Decision(decision), posted.get("after", ""))


def take(
    request: HttpRequest,
    account: Account,
    brands: Iterable[Brand],
    press: Press,
    page: str,
    *,
    by_link: bool,
) -> Outcome:
    """Write down what a button said; `page` is the path of its page, without what is secret in it.

    A no is taken from the oldest of pages. A yes is one to the words that are shown now, and follows the
    answer that the page showed: a form that a browser sends once more turns nothing round. `by_link`: who
    presses may have been forwarded a mail, so that a purpose with double opt-in waits for the mailbox.
    """
    rows = PurposeVersion.objects.filter(pk=press.version, purpose__brand__in=list(brands))
    version = rows.select_related("purpose__brand").first()
    if version is None or is_fixed(version.purpose):
        return Outcome.OUTDATED
    with events.together():
        locked = Account.objects.locked([account.pk])[0]
        if locked.status in LEAVING:
            return Outcome.OUTDATED
        stands = ledger.current([locked.pk], [version.purpose]).get((locked.pk, version.purpose_id))
        if press.decision == Decision.WITHDRAWN:
            if stands is None or stands.decision not in NO:
                _write([_said(request, locked, version, Decision.WITHDRAWN, page)])
            return Outcome.STOPPED
        is_latest = not version.purpose.versions.filter(number__gt=version.number).exists()
        if not is_latest or press.after != (str(stands.pk) if stands else ""):
            return Outcome.OUTDATED
        waits = by_link and version.purpose.double_opt_in
        decision = Decision.PENDING if waits else Decision.GIVEN
        _write([_said(request, locked, version, decision, page)])
        return Outcome.WAITS if waits else Outcome.AGREED


def stop_all(request: HttpRequest, account: Account, brands: Iterable[Brand], page: str) -> Outcome:
    """Withdraw what was agreed to or waits for a yes, and object to what can be objected to."""
    with events.together():
        locked = Account.objects.locked([account.pk])[0]
        if locked.status in LEAVING:
            return Outcome.OUTDATED
        versions = [version for brand in brands for version in ledger.latest_versions(brand)]
        purposes = [version.purpose for version in versions]
        standings = ledger.standings([locked.pk], purposes, timezone.now())
        live = [
            version
            for version in versions
            if state_of(standings[locked.pk, version.purpose_id], is_due=False) in ASKS
        ]
        _write([_said(request, locked, version, Decision.WITHDRAWN, page) for version in live])
    return Outcome.STOPPED_ALL


def _said(
    request: HttpRequest, account: Account, version: PurposeVersion, decision: Decision, page: str
) -> Given:
    locale = version.wording(get_language() or "en")[0]
    return clicked(request, account, version, locale, decision, page)


def _write(answers: list[Given]) -> None:
    """Whoever's answer waits gets the mail for it, within the limits of mail."""
    write_reported(answers, timezone.now())
