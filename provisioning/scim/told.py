"""What a website tells of somebody: taken out of a SCIM user and checked, before anything is written."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from scim2_models import ForbiddenException, InvalidValueException, Resource

from accounts.attributes import ATTRIBUTES
from accounts.identifiers import normal_email
from accounts.models import Source
from accounts.profiles import clean
from accounts.values import Value
from consent.models import Decision
from consent.proofs import Report
from provisioning.models import Scope
from provisioning.scim.errors import ScopeMissing
from provisioning.scim.payload import dig
from provisioning.scim.schemas import CONSENTS, steps
from provisioning.websites import Caller

MOST_CONSENTS = 50
LONGEST_EXTERNAL_ID = 320
TEXT_HASH = re.compile(r"[0-9a-f]{64}")
# Clocks differ; what a website reports is never older than the web.
FUTURE = dt.timedelta(minutes=5)
PAST = dt.datetime(1995, 1, 1, tzinfo=dt.UTC)


def plain(user: Resource[Any]) -> dict[str, Any]:
    """The user as nested values, times as `datetime`."""
    return user.model_dump(mode="python")


def email_of(tree: Mapping[str, Any]) -> str:
    """The one address of a new user: its userName, which an entry of emails may repeat."""
    name = str(tree["userName"])
    addresses = [str(entry["value"]) for entry in tree.get("emails", ())]
    normal = normal_email(name)[1]
    if any(normal_email(address)[1] != normal for address in addresses):
        raise InvalidValueException(detail="emails: one address is kept, and userName must be the same.")
    return name


def external_id_of(tree: Mapping[str, Any]) -> str:
    text = str(tree.get("externalId", ""))
    if len(text) > LONGEST_EXTERNAL_ID:
        raise InvalidValueException(detail=f"externalId: at most {LONGEST_EXTERNAL_ID} characters.")
    return text


def attributes_of(tree: Mapping[str, Any]) -> dict[str, object]:
    """Profile attributes by our names; those without a value are left out."""
    found = {name: dig(tree, steps(attribute.scim)) for name, attribute in ATTRIBUTES.items()}
    return {name: value for name, value in found.items() if value is not None and value != []}


def values_of(said: Mapping[str, object], caller: Caller) -> dict[str, Value]:
    """As they are kept. Raises Forbidden for what this website may not say, and BadAttribute."""
    check_allowed(said, caller)
    return clean(said, Source.WEBSITE)


def check_allowed(names: Mapping[str, object] | set[str], caller: Caller) -> None:
    for name in sorted(set(names) - set(caller.website.attributes)):
        raise ForbiddenException(detail=f"This website may not write {ATTRIBUTES[name].scim}.")


def consents_of(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = dig(tree, CONSENTS) or []
    return entries


def reports_of(entries: list[dict[str, Any]], caller: Caller, now: dt.datetime) -> list[Report]:
    """Answers to write down. Raises ScopeMissing and InvalidValue."""
    if entries and Scope.CONSENT not in caller.scopes:
        raise ScopeMissing(Scope.CONSENT)
    reports = [_report(entry, now) for entry in entries]
    if len(reports) > MOST_CONSENTS or len({report.purpose for report in reports}) < len(reports):
        raise _bad("name each purpose once")
    return reports


def _bad(why: str) -> InvalidValueException:
    return InvalidValueException(detail=f"consents: {why}.")


def _report(entry: Mapping[str, Any], now: dt.datetime) -> Report:
    decision, text_hash = (str(entry.get(name, "")).lower() for name in ("decision", "textHash"))
    if decision not in {Decision.GIVEN, Decision.WITHDRAWN}:
        raise _bad("the decision is given or withdrawn")
    if text_hash and not TEXT_HASH.fullmatch(text_hash):
        raise _bad("textHash is the SHA-256 of the text, in hex")
    return Report(
        purpose=_short(entry, "purpose", 50),
        decision=Decision(decision),
        version=_version(entry.get("version")),
        text_hash=text_hash,
        locale=_short(entry, "locale", 10),
        surface=_short(entry, "surface", 500),
        at=_moment(entry.get("at"), now),
    )


def _short(entry: Mapping[str, Any], name: str, longest: int) -> str:
    text = str(entry.get(name, ""))
    if len(text) > longest:
        raise _bad(f"{name} has at most {longest} characters")
    return text


def _version(number: int | None) -> int | None:
    if number is not None and not 1 <= number < 2**31:
        raise _bad("version is the number of a wording")
    return number


def _moment(at: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    if at is None:
        return None
    zoned = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    if not PAST <= zoned <= now + FUTURE:
        raise _bad("at is a time that has been")
    return zoned
