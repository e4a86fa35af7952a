"""Answers of people, written down at any time one likes."""

import datetime as dt

from accounts.events import Actor
from accounts.models import Account, Kind
from consent import ledger
from consent.ledger import Given, Shown
from consent.models import ConsentRecord, Decision, Method, PurposeVersion, text_hash

NOW = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


def somebody() -> Account:
    """A customer without an address: quicker to make than `tests.people.customer`."""
    return Account.objects.create(kind=Kind.FULL)


def says(
    account: Account,
    version: PurposeVersion,
    decision: Decision,
    at: dt.datetime = NOW,
    method: Method = Method.CLICK,
    said_at: dt.datetime | None = None,
) -> list[ConsentRecord]:
    """`said_at`: when the person answered, where somebody reports it later."""
    shown = Shown(version, text_hash(version.texts["en"]), "en", "https://shop.example/")
    actor = Actor("customer", str(account.pk))
    return ledger.write([Given(account.pk, shown, decision, method, actor, said_at or at)], at)


def agrees(account: Account, version: PurposeVersion, at: dt.datetime = NOW) -> ConsentRecord:
    return says(account, version, Decision.GIVEN, at)[0]


def withdraws(account: Account, version: PurposeVersion, at: dt.datetime) -> ConsentRecord:
    return says(account, version, Decision.WITHDRAWN, at)[0]


def new_wording(
    version: PurposeVersion, at: dt.datetime, *, material: bool, releases: list[str] | None = None
) -> PurposeVersion:
    return PurposeVersion.objects.create(
        purpose=version.purpose,
        number=version.number + 1,
        titles={"en": "Newsletter"},
        texts={"en": f"Other words, number {version.number + 1}."},
        material=material,
        releases=version.releases if releases is None else releases,
        published_at=at,
    )


def holds_for(version: PurposeVersion, days: int | None) -> None:
    version.purpose.valid_days = days
    version.purpose.save(update_fields=["valid_days"])
