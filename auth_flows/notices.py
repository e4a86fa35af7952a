"""Mails about what happened to somebody's account, posted in the transaction in which it did.

At most one an hour for each kind of happening, and one at the end of the hour if there was more: nobody's
mailbox is flooded by way of us, and nothing stays untold.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

from accounts.events import EventType
from accounts.models import LEAVING, Brand, Event, Identifier, IdentifierKind
from accounts.snapshot import Snapshot, snapshots
from accounts.theming import DEFAULT, readable_on
from auth_flows import disowning
from auth_flows.device_names import device_name
from auth_flows.notice_topics import TOPICS, Key, key_of
from auth_flows.whereabouts import Here, here
from ciam.lib import mail
from ciam.lib.models import Mail
from ciam.lib.throttle import Limit, TooMany, hit

GOOD_FOR = dt.timedelta(days=3)
JUST_NOW = dt.timedelta(minutes=1)
AN_HOUR = 3_600
BEGINNINGS = (EventType.ACCOUNT_CREATED, EventType.ACCOUNT_UPGRADED)


def on_events(events: Sequence[Event]) -> None:
    """A listener of `accounts.events`. No query where nothing of the kind happened."""
    told = _of_note(events)
    if not told:
        return
    people = snapshots({event.account_id for event, _key in told if event.account_id})
    for event, key in told:
        person = people.get(event.account_id) if event.account_id else None
        if person and person.status not in LEAVING and not _just_began(event):
            _tell(event, key, person)


def _of_note(events: Iterable[Event]) -> list[tuple[Event, Key]]:
    """Whose sessions ended because of something that is told anyway hears of that alone."""
    noted = [(event, key) for event in events if (key := key_of(event)) and event.account_id]
    told = {event.account_id for event, key in noted if key[0] != EventType.SESSIONS_REVOKED}
    return [
        (event, key)
        for event, key in noted
        if key[0] != EventType.SESSIONS_REVOKED or event.account_id not in told
    ]


def _just_began(event: Event) -> bool:
    """Whoever makes an account knows by which way they sign in to it."""
    if event.type != EventType.AUTHENTICATOR_ADDED:
        return False
    began = Event.objects.filter(
        account_id=event.account_id, type__in=BEGINNINGS, at__gte=event.at - JUST_NOW
    )
    return began.exists()


def _tell(event: Event, key: Key, person: Snapshot) -> None:
    boxes = _mailboxes(event, key, person)
    if not boxes:
        return
    wait = _waits(event, key)
    if wait is None:
        return
    locale = str(person.values["locale"].value) if "locale" in person.values else ""
    brand = _brand(event, person)
    locale = locale or (brand.default_locale if brand else settings.LANGUAGE_CODE)
    context = _context(event, key, brand, locale, is_again=wait > 0)
    letters = [mail.Letter(box, context, locale) for box in boxes]
    mails = mail.post_all("security_notice", letters, until=event.at + GOOD_FOR)
    if wait:
        later = event.at + dt.timedelta(seconds=wait)
        Mail.objects.filter(pk__in=[row.pk for row in mails]).update(not_before=later)


def _waits(event: Event, key: Key) -> int | None:
    """For how many seconds a mail about it waits; None: one that waits will do.

    Counted within the transaction, with the account locked: what is rolled back was told to nobody.
    """
    subject = f"{event.account_id} {key[0]} {key[1]}"
    try:
        hit(Limit("notice", most=1, seconds=AN_HOUR), subject, event.at)
    except TooMany as first:
        try:
            # Open again with the one before.
            hit(Limit("another notice", most=1, seconds=first.after), subject, event.at)
        except TooMany:
            return None
        return first.after
    return 0


def _mailboxes(event: Event, key: Key, person: Snapshot) -> list[str]:
    """Every address of their own that they have proven, and to which mail gets through."""
    own = Identifier.objects.filter(
        account=person.account_id, kind=IdentifierKind.EMAIL, scope="", verified_at__isnull=False
    ).exclude(undeliverable_at__isnull=False)
    rows = own.order_by("created_at").values_list("value", "retired_at")
    since = event.at - JUST_NOW
    return [
        value
        for value, retired_at in rows
        if retired_at is None or (TOPICS[key].also_retired and retired_at >= since)
    ]


def _brand(event: Event, person: Snapshot) -> Brand | None:
    """Who writes: the brand where it happened, or the first with which the person is."""
    members = sorted(person.memberships.values(), key=lambda member: member.since)
    ids: list[uuid.UUID | None] = [event.brand_id, *(member.brand_id for member in members)]
    first = next((key for key in ids if key), None)
    rows = Brand.objects.filter(pk=first) if first else Brand.objects.filter(is_default=True)
    return rows.first()


def _context(event: Event, key: Key, brand: Brand | None, locale: str, *, is_again: bool) -> mail.Context:
    is_own_doing = event.actor_id == str(event.account_id)
    at_hand = here() if is_own_doing else Here()
    with translation.override(locale):
        return {
            "title": str(TOPICS[key].title),
            "when": _("%(time)s (UTC)") % {"time": formats.date_format(event.at, "DATETIME_FORMAT")},
            "device": device_name(at_hand.agent) if at_hand.agent else "",
            "place": at_hand.place,
            "by_operator": int(event.actor_kind == "operator" and not is_own_doing),
            "is_again": int(is_again),
            "link": disowning.link(event) if TOPICS[key].can_disown else None,
            "days": disowning.GOOD_FOR.days,
            "brand": _look(brand),
        }


def _look(brand: Brand | None) -> dict[str, str]:
    if brand is None:
        return {"name": _("Your account"), "slug": ""}
    accent = str(brand.theme.get("accent", DEFAULT["accent"]))
    return {"name": brand.name, "slug": brand.slug, "accent": accent, "accent_text": readable_on(accent)}
