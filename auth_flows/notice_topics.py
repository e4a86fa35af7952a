"""What people are told by mail, and in which words: one line per kind of happening."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.events import EventType
from accounts.models import Event

PEOPLE = frozenset({"customer", "operator"})
ANYBODY_HERE = PEOPLE | {"system"}
"""Never a website: what one says of thousands at once is no news of somebody's sign-in."""


@dataclass(frozen=True)
class Topic:
    """A kind of happening of which its owner hears."""

    title: str | Promise
    by: Collection[str] = PEOPLE
    """Whose doing (`Actor.kind`) is told."""
    can_disown: bool = True
    """The mail has a link for whoever didn't do it."""
    also_retired: bool = False
    """Addresses hear of it that have just ceased to be the account's."""


Key = tuple[EventType, str]
"""Kind of event, and the field that it tells; empty: whatever it tells."""

ADDED, CHANGED = EventType.AUTHENTICATOR_ADDED, EventType.AUTHENTICATOR_CHANGED
REMOVED = EventType.AUTHENTICATOR_REMOVED

TOPICS: dict[Key, Topic] = {
    (EventType.DEVICE_MET, "device"): Topic(_("New sign-in on a device we haven't seen before")),
    (EventType.DEVICE_MET, "country"): Topic(_("New sign-in from a country where you haven't been before")),
    (ADDED, "password"): Topic(_("Your account has a password now")),
    (CHANGED, "password"): Topic(_("Your password was changed")),
    (REMOVED, "password"): Topic(_("Your password was removed")),
    (ADDED, "passkey"): Topic(_("A passkey was added")),
    (REMOVED, "passkey"): Topic(_("A passkey was removed")),
    (ADDED, "totp"): Topic(_("An authenticator app was added")),
    (REMOVED, "totp"): Topic(_("Your authenticator app was removed")),
    (ADDED, "sms_code"): Topic(_("Codes by text message were switched on")),
    (CHANGED, "sms_code"): Topic(_("The phone number for your codes was changed")),
    (REMOVED, "sms_code"): Topic(_("Codes by text message were switched off")),
    (ADDED, "recovery_code"): Topic(_("You have new recovery codes")),
    (CHANGED, "recovery_code"): Topic(_("One of your recovery codes was used")),
    (REMOVED, "recovery_code"): Topic(_("Your recovery codes were removed")),
    (REMOVED, ""): Topic(_("Ways to sign in were removed")),
    (EventType.IDENTITY_LINKED, ""): Topic(_("Another account can now sign you in")),
    (EventType.IDENTITY_UNLINKED, ""): Topic(_("Another account no longer signs you in")),
    (EventType.IDENTIFIER_ADDED, "phone"): Topic(_("A phone number was added")),
    (EventType.IDENTIFIER_CHANGED, "phone"): Topic(_("Your phone number was changed")),
    (EventType.IDENTIFIER_REMOVED, "phone"): Topic(_("A phone number was removed")),
    (EventType.SESSIONS_REVOKED, ""): Topic(_("You were signed out everywhere"), ANYBODY_HERE),
    (EventType.RECOVERY_CANCELLED, ""): Topic(_("The recovery of your account was called off"), ANYBODY_HERE),
    (EventType.ACCOUNT_SUSPENDED, ""): Topic(_("Your account was suspended"), ANYBODY_HERE, can_disown=False),
}
TYPES = frozenset(kind for kind, _field in TOPICS)


def key_of(event: Event) -> Key | None:
    """Under which line an event falls; None: nobody is written to. Of a recovery that is asked for and done
    its own mails tell."""
    if event.type not in TYPES:
        return None
    kind = EventType(event.type)
    only = event.fields[0] if len(event.fields) == 1 else ""
    key = next((key for key in ((kind, only), (kind, "")) if key in TOPICS), None)
    return key if key and event.actor_kind in TOPICS[key].by else None
