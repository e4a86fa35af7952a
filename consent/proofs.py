"""Consent that a website reports. It counts as given only with its proof; otherwise it releases nothing."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.events import Actor
from accounts.models import Brand
from ciam.lib.kept import Kept
from consent.ledger import Given, Shown
from consent.models import Decision, Method, PurposeVersion, text_hash

known_versions: Kept[tuple[uuid.UUID, str, int], PurposeVersion] = Kept(seconds=5)


class UnknownPurpose(ValueError):
    """The brand has no such purpose, or no text of it yet."""


@dataclass(frozen=True)
class Report:
    """What a website says somebody answered: purpose, and the version, text, page and time that prove it."""

    purpose: str
    decision: Decision
    version: int | None = None
    text_hash: str = ""
    locale: str = ""
    surface: str = ""
    at: dt.datetime | None = None


def answer(
    brand: Brand,
    account_id: uuid.UUID,
    report: Report,
    actor: Actor,
    now: dt.datetime,
    *,
    method: Method = Method.SCIM,
    must_confirm: bool = False,
) -> Given:
    """The answer as the ledger writes it; raises UnknownPurpose.

    `must_confirm`: nobody knows who says it, so that it waits for the person whatever the purpose asks.
    """
    version = _version(brand, report)
    decision = _decision(version, report, now)
    if must_confirm and decision == Decision.GIVEN:
        decision = Decision.PENDING
    return Given(
        account_id=account_id,
        shown=Shown(version, report.text_hash, report.locale, _page(report.surface)),
        decision=decision,
        method=method,
        actor=actor,
        said_at=report.at or now,
    )


def _page(surface: str) -> str:
    """Without its query, which may hold personal values: the ledger never forgets."""
    return surface.partition("?")[0].partition("#")[0]


def _version(brand: Brand, report: Report) -> PurposeVersion:
    """The version that is named; where there is none of that number the latest, which then isn't proven."""
    key = (brand.pk, report.purpose, report.version or 0)
    latest = (brand.pk, report.purpose, 0)
    found = known_versions.get(key, lambda: _named(*key)) if report.version else None
    found = found or known_versions.get(latest, lambda: _versions(brand.pk, report.purpose).first())
    if found is None:
        raise UnknownPurpose(f"There is no purpose “{report.purpose}”.")
    return found


def _named(brand: uuid.UUID, purpose: str, number: int) -> PurposeVersion | None:
    return _versions(brand, purpose).filter(number=number).first()


def _versions(brand: uuid.UUID, purpose: str) -> QuerySet[PurposeVersion]:
    """The latest first."""
    of_purpose = PurposeVersion.objects.filter(purpose__brand=brand, purpose__key=purpose)
    return of_purpose.select_related("purpose").order_by("-number")


def _decision(version: PurposeVersion, report: Report, now: dt.datetime) -> Decision:
    if report.decision != Decision.GIVEN:
        return report.decision
    if not is_proof(version, report, now):
        return Decision.UNPROVEN
    return Decision.PENDING if version.purpose.double_opt_in else Decision.GIVEN


def is_proof(version: PurposeVersion, report: Report, now: dt.datetime) -> bool:
    """Version, the hash of a text that this version has, a page and a time that is not in the future."""
    texts = {text_hash(text) for text in version.texts.values()}
    in_time = report.at is not None and version.published_at <= report.at <= now + dt.timedelta(minutes=5)
    is_named = report.version == version.number
    return is_named and report.text_hash in texts and bool(report.surface) and in_time
