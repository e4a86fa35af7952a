"""Consent that a website reports. It counts as given only with its proof; otherwise it releases nothing."""

import datetime as dt
import uuid
from dataclasses import dataclass

from accounts.events import Actor
from accounts.models import Brand
from consent.ledger import Given, Shown, latest_versions
from consent.models import Decision, Method, PurposeVersion, text_hash


class UnknownPurpose(ValueError):
    """The brand has no such purpose, or no such version of it."""


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


def answer(brand: Brand, account_id: uuid.UUID, report: Report, actor: Actor, now: dt.datetime) -> Given:
    """The answer as the ledger writes it; raises UnknownPurpose."""
    version = _version(brand, report)
    return Given(
        account_id=account_id,
        shown=Shown(version, report.text_hash, report.locale, report.surface),
        decision=_decision(version, report, now),
        method=Method.SCIM,
        actor=actor,
        said_at=report.at or now,
    )


def _version(brand: Brand, report: Report) -> PurposeVersion:
    if report.version is None:
        found = next((v for v in latest_versions(brand) if v.purpose.key == report.purpose), None)
    else:
        found = (
            PurposeVersion.objects.filter(
                purpose__brand=brand, purpose__key=report.purpose, number=report.version
            )
            .select_related("purpose")
            .first()
        )
    if found is None:
        raise UnknownPurpose(f"There is no purpose “{report.purpose}” in that version.")
    return found


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
    return report.version is not None and report.text_hash in texts and bool(report.surface) and in_time
