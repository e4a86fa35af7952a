"""A brand, its newsletter, its targets and its people, for tests of what leaves the house."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.memberships import set_status
from accounts.models import (
    Account,
    Brand,
    Identifier,
    IdentifierKind,
    Kind,
    Membership,
    MembershipStatus,
    Source,
    Status,
)
from accounts.profiles import Said, say, unsay
from accounts.registration import Met, create_lite
from accounts.values import Value
from ciam.lib.outbox import moment
from consent import ledger
from consent.ledger import Given, Shown
from consent.models import Decision, Method, Purpose, PurposeVersion
from provisioning import matrix
from provisioning.models import Connector, Link
from provisioning.outbox import send_due

SITE = Actor("website", "catalogue")
RELEASED = ["email", "given_name", "family_name", "interests"]


def brand(slug: str = "shop") -> Brand:
    return Brand.objects.create(slug=slug, name=slug.title())


def purpose(brand: Brand, key: str = "newsletter", releases: Sequence[str] = RELEASED) -> Purpose:
    purpose = Purpose.objects.create(brand=brand, key=key)
    PurposeVersion.objects.create(
        purpose=purpose,
        number=1,
        titles={"en": key.title()},
        texts={"en": f"May we use it for: {key}?"},
        releases=list(releases),
        published_at=timezone.now() - dt.timedelta(days=1),
    )
    return purpose


def connector(purpose: Purpose, kind: str, **fields: object) -> Connector:
    named: dict[str, object] = {"name": kind.title(), "secret": "a-token", **fields}
    made = Connector.objects.create(brand=purpose.brand, purpose=purpose, kind=kind, **named)
    matrix.fill(made)
    return made


@dataclass
class Customer:
    """Somebody, and what they do. Each verb is one change as the product makes it, with its event."""

    membership: Membership
    email: str
    said: dict[str, Value] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        return self.membership.account

    @property
    def our_id(self) -> str:
        return str(self.membership.pk)

    def gives(self, purpose: Purpose) -> None:
        self.answers(purpose, Decision.GIVEN)

    def withdraws(self, purpose: Purpose) -> None:
        self.answers(purpose, Decision.WITHDRAWN)

    def answers(self, purpose: Purpose, decision: Decision, method: Method = Method.CLICK) -> None:
        version = purpose.versions.latest("number")
        shown = Shown(version, "", "en", "/account/")
        actor, now = Actor("customer", str(self.account.pk)), timezone.now()
        ledger.write([Given(self.account.pk, shown, decision, method, actor, now)], now)

    def says(self, **values: Value) -> None:
        with transaction.atomic():
            account = Account.objects.locked([self.account.pk])[0]
            changed = say(account, values, Said(Source.CUSTOMER, "", timezone.now()))
            self._tells(EventType.PROFILE_CHANGED, *changed)

    def clears(self, *names: str) -> None:
        with transaction.atomic():
            account = Account.objects.locked([self.account.pk])[0]
            self._tells(EventType.PROFILE_CHANGED, *unsay(account, names))

    def moves_to(self, email: str) -> None:
        with transaction.atomic():
            Account.objects.locked([self.account.pk])
            self.account.identifiers.update(value=email, normal=email.lower())
            self._tells(EventType.IDENTIFIER_ADDED, "email")
        self.email = email

    def is_suspended(self) -> None:
        set_status(self.membership, MembershipStatus.SUSPENDED, SITE)

    def ends(self) -> None:
        set_status(self.membership, MembershipStatus.ENDED, SITE)

    def returns(self) -> None:
        set_status(self.membership, MembershipStatus.ACTIVE, SITE)

    def is_erased(self) -> None:
        """As far as targets are concerned: the status is what counts."""
        with transaction.atomic():
            Account.objects.locked([self.account.pk])
            Account.objects.filter(pk=self.account.pk).update(status=Status.ERASED)
            self._tells(EventType.ACCOUNT_SUSPENDED)

    def is_restricted(self, restricted: bool) -> None:
        since = timezone.now() if restricted else None
        with transaction.atomic():
            Account.objects.locked([self.account.pk])
            Account.objects.filter(pk=self.account.pk).update(restricted_at=since)
            self._tells(EventType.ACCOUNT_RESTRICTED if restricted else EventType.ACCOUNT_UNRESTRICTED)

    def link(self, connector: Connector) -> Link:
        return Link.objects.get(connector=connector, account_id=self.account.pk)

    def _tells(self, kind: EventType, *fields: str) -> None:
        actor = Actor("customer", str(self.account.pk))
        events.record([Change(kind, self.account.pk, actor, self.membership.brand_id, fields)])


def meet(brand: Brand, email: str, **values: Value) -> Customer:
    """A website met somebody: a lite account."""
    said = Said(Source.WEBSITE, "catalogue", timezone.now())
    return Customer(create_lite(brand, Met.at(email, values, said), SITE, how="scim"), email, values)


def crowd(purpose: Purpose, number: int) -> list[Customer]:
    """So many people at once, who have all agreed."""
    accounts = Account.objects.bulk_create(Account(kind=Kind.LITE) for _person in range(number))
    emails = [f"person{place}-{account.pk.hex[-12:]}@example.com" for place, account in enumerate(accounts)]
    Identifier.objects.bulk_create(
        Identifier(account=account, kind=IdentifierKind.EMAIL, value=email, normal=email)
        for account, email in zip(accounts, emails, strict=True)
    )
    members = Membership.objects.bulk_create(
        Membership(account=account, brand=purpose.brand, how="import") for account in accounts
    )
    shown, now = Shown(purpose.versions.latest("number"), "", "en", "/"), timezone.now()
    given = [Given(account.pk, shown, Decision.GIVEN, Method.CLICK, SITE, now) for account in accounts]
    ledger.write(given, now)
    return [Customer(member, email) for member, email in zip(members, emails, strict=True)]


def deliver(after: float = 0.0, budget: float = 20.0) -> int:
    """A worker sweeps; `after` so many seconds of patience, by its clock."""
    return send_due(moment() + dt.timedelta(seconds=after), budget=budget)


def settled(connector: Connector) -> bool:
    return not Link.objects.behind().filter(connector=connector).exists()
