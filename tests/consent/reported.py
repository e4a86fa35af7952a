"""What a website reports of somebody, and what the person gets for it."""

import datetime as dt
import re

from django.conf import settings
from django.utils import timezone

from accounts.events import Actor
from accounts.models import (
    Account,
    Brand,
    Identifier,
    IdentifierKind,
    Source,
)
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from consent import ledger
from consent.confirming import write_reported
from consent.models import ConsentRecord, Decision, PurposeVersion, text_hash
from consent.proofs import Report, answer
from tests.walking import mails

ADA = "ada@example.com"
SITE = Actor("website", "shop")


def meets(brand: Brand, email: str = ADA) -> Account:
    said = Said(Source.WEBSITE, "shop", timezone.now())
    return create_lite(brand, Met.at(email, {}, said), SITE, how="scim").account


def reports(
    account: Account,
    *versions: PurposeVersion,
    locale: str = "en",
    decision: Decision = Decision.GIVEN,
    after: dt.timedelta = dt.timedelta(),
) -> list[ConsentRecord]:
    now = timezone.now() + after
    said = [
        Report(
            version.purpose.key,
            decision,
            version.number,
            text_hash(version.texts[locale]),
            locale,
            "https://shop.example/",
            now,
        )
        for version in versions
    ]
    brand = versions[0].purpose.brand
    return write_reported([answer(brand, account.pk, report, SITE, now) for report in said], now)


def links(to: str = ADA) -> list[str]:
    """The paths in all mails so far, but for the one at the foot of each."""
    texts = [text for recipient, text in mails() if recipient == to]
    found = [path for text in texts for path in re.findall(rf"{settings.BASE_URL}(\S+)", text)]
    return [path for path in found if not path.startswith("/preferences/?")]


def link() -> str:
    return links()[-1]


def stands(account: Account, version: PurposeVersion) -> str | None:
    record = ledger.current([account.pk], [version.purpose]).get((account.pk, version.purpose_id))
    return record.decision if record else None


def own_address(account: Account) -> Identifier:
    return Identifier.objects.get(account=account, scope="", kind=IdentifierKind.EMAIL)
