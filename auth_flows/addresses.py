"""Changed addresses: the code to the new one, the word to the old ones, and the way back."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import address_changes, events
from accounts.events import Actor, Change, EventType
from accounts.identifiers import limit_key
from accounts.models import Account, AddressChange, Brand, IdentifierKind
from auth_flows.methods.email_code import MAIL_LIMITS, MAIL_PER_ADDRESS
from auth_flows.models import Authenticator, Device, LinkedIdentity
from ciam.lib import mail
from ciam.lib.throttle import hit

NOTICE_GOOD_FOR = dt.timedelta(days=1)


@dataclass(frozen=True)
class Sender:
    """Who speaks: a brand, in its language."""

    brand: Brand | None

    def post(self, template: str, to: str, until: dt.datetime, **more: str | int | None) -> None:
        brand = {"name": self.brand.name, "slug": self.brand.slug} if self.brand else None
        locale = self.brand.default_locale if self.brand else "en"
        mail.post(template, to, {**more, "brand": brand}, until=until, locale=locale)


def _by_mail(sender: Sender, change: AddressChange, code: str) -> None:
    minutes = int(address_changes.LIFETIME.total_seconds() // 60)
    template = "address_proof" if code else "address_taken"
    link = f"{settings.BASE_URL}{reverse('recover')}"
    sender.post(template, change.value, change.ends_at, code=code, minutes=minutes, link=link)


PROOFS: dict[IdentifierKind, Callable[[Sender, AddressChange, str], None]] = {IdentifierKind.EMAIL: _by_mail}
"""How a code reaches each kind. A kind without a line is offered to nobody."""


def limit(normal: str, network_address: str, now: dt.datetime) -> None:
    """The same counters as codes for signing in: one mailbox is one mailbox. Raises throttle.TooMany."""
    hit(MAIL_PER_ADDRESS, network_address, now)
    for each in MAIL_LIMITS:
        hit(each, limit_key(normal) if "@" in normal else normal, now)


def mailboxes(account: Account) -> list[str]:
    """Who hears of a change, as it is before the change."""
    mine = address_changes.own(account)
    return [row.value for row in mine if row.kind == IdentifierKind.EMAIL and row.verified_at]


def tell(sender: Sender, told: Collection[str], what: str, undo: str, now: dt.datetime) -> None:
    """`what`: added, changed, removed or main. The word goes out at once, with the way back."""
    link = f"{settings.BASE_URL}{reverse('address-undo', args=[undo])}" if undo else None
    hours = int(address_changes.UNDO_FOR.total_seconds() // 3_600)
    for box in told:
        sender.post("address_notice", box, now + NOTICE_GOOD_FOR, what=what, link=link, hours=hours)


def undo(change: AddressChange, now: dt.datetime) -> None:
    """Whoever reads the old address says that it wasn't them: what was set up since goes as well. Raises
    address_changes.NotYours and Taken."""
    with transaction.atomic():
        account = address_changes.undo(change, now)
        since = Authenticator.objects.filter(account=account, confirmed_at__gte=change.asked_at)
        kinds = tuple(sorted(set(since.values_list("kind", flat=True))))
        since.delete()
        LinkedIdentity.objects.filter(account=account, created_at__gte=change.asked_at).delete()
        Device.objects.filter(account=account).update(trusted_until=None)
        if kinds:
            actor = Actor("customer", str(account.pk))
            events.record([Change(EventType.AUTHENTICATOR_REMOVED, account.pk, actor, None, kinds)], now)
