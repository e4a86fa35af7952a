"""What a website tells of somebody: taken out of a SCIM user and checked, before anything is written."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as but
from functools import partial
from typing import Any

from scim2_models import ForbiddenException, InvalidValueException, Resource

from accounts.attributes import ATTRIBUTES
from accounts.handles import Handles
from accounts.identifiers import BadIdentifier, Contact, email, phone, username
from accounts.models import IdentifierKind
from accounts.profiles import clean
from accounts.values import Value
from consent.models import Decision
from consent.proofs import Report
from provisioning.models import Scope
from provisioning.scim.errors import ScopeMissing
from provisioning.scim.payload import dig
from provisioning.scim.resources import moment
from provisioning.scim.schemas import CONSENTS, steps
from provisioning.websites import Caller

MOST_CONSENTS = 50
MOST_CONTACTS = 10
LONGEST_LABEL = 20
LONGEST_EXTERNAL_ID = 320
TEXT_HASH = re.compile(r"[0-9a-f]{64}")
# Clocks differ; what a website reports is never older than the web.
FUTURE = dt.timedelta(minutes=5)
PAST = dt.datetime(1995, 1, 1, tzinfo=dt.UTC)


def plain(user: Resource[Any]) -> dict[str, Any]:
    """The user as nested values, times as `datetime`."""
    return user.model_dump(mode="python")


def handles_of(tree: Mapping[str, Any], caller: Caller) -> Handles:
    """By what the website names and reaches them. Raises BadIdentifier and InvalidValue."""
    brand, website = str(caller.brand.pk), str(caller.website.pk)
    name = username(str(tree["userName"]))
    mails = _contacts(tree.get("emails") or _as_address(name), "emails", email)
    phones = _contacts(
        tree.get("phoneNumbers", ()), "phoneNumbers", partial(phone, country=caller.brand.country)
    )
    held = [(brand, contact) for contact in (name, *mails, *phones)]
    if external_id := external_id_of(tree):
        held.append((website, Contact(IdentifierKind.EXTERNAL_ID, external_id, external_id)))
    return Handles(tuple(held))


def _as_address(name: Contact) -> list[Mapping[str, Any]]:
    """Of whom no address is given is reached by a name that is one."""
    return [{"value": name.value, "primary": True}] if "@" in name.normal and _is_email(name.value) else []


def _is_email(text: str) -> bool:
    try:
        email(text)
    except BadIdentifier:
        return False
    return True


def _contacts(
    entries: Sequence[Mapping[str, Any]], field: str, read: Callable[..., Contact]
) -> list[Contact]:
    if len(entries) > MOST_CONTACTS:
        raise InvalidValueException(detail=f"{field}: at most {MOST_CONTACTS} are kept.")
    found: dict[tuple[str, str], Contact] = {}
    # Of two that say they are the main one the later is: so was the other before (RFC 7644, section 3.5.2).
    said = [number for number, entry in enumerate(entries) if entry.get("primary")]
    first = max(said, default=0)
    for number, entry in enumerate(entries):
        label = _label(str(entry.get("type", "")), field)
        if "value" not in entry:
            raise InvalidValueException(detail=f"{field}: each has a value.")
        try:
            contact = read(str(entry["value"]), label=label, is_primary=number == first)
            contact = but(contact, by_default=contact.is_primary and not said)
        except BadIdentifier as error:
            raise InvalidValueException(detail=f"{field}: {error}") from None
        if contact.is_primary or (contact.normal, label) not in found:
            found[contact.normal, label] = contact
    return list(found.values())


def _label(text: str, field: str) -> str:
    if len(text) > LONGEST_LABEL:
        raise InvalidValueException(detail=f"{field}: a type has at most {LONGEST_LABEL} characters.")
    return text


def without_emptied(before: Mapping[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Without the addresses and numbers of which a patch took the value away: Entra ID removes them so."""
    left = dict(after)
    for field in {"emails", "phoneNumbers"} & set(after):
        emptied = [_valueless(entry) for entry in before.get(field, ())]
        left[field] = [entry for entry in after[field] if "value" in entry or entry not in emptied]
    return left


def _valueless(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in entry.items() if name != "value"}


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
    return clean(said, caller.said(dt.datetime.now(dt.UTC)).source)


def check_allowed(names: Mapping[str, object] | set[str], caller: Caller) -> None:
    for name in sorted(set(names) - set(caller.website.attributes)):
        raise ForbiddenException(detail=f"This website may not write {ATTRIBUTES[name].scim}.")


def consents_of(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = dig(tree, CONSENTS) or []
    return entries


def words_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they are kept: the last for each purpose, times as texts."""
    last = {entry["purpose"]: entry for entry in entries}
    return [
        {name: moment(said) if isinstance(said, dt.datetime) else said for name, said in entry.items()}
        for entry in last.values()
    ]


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
