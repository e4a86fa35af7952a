"""What came from a form on a brand's website: read without trust, checked before anything is written.

Anybody can send it: `key` is public, and no field proves who says it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict, UnreadablePostError
from rest_framework import serializers
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request

from accounts.attributes import ATTRIBUTES
from accounts.identifiers import BadIdentifier, Contact, email, limit_key, phone, username
from accounts.models import Source
from accounts.profiles import BadAttribute, Said, clean
from accounts.registration import Met
from accounts.values import Value
from consent.models import Decision
from consent.proofs import Report
from provisioning.models import Website

LARGEST = 32_768
MOST_CONSENTS = 20
TRAP = "website"
Fields = Mapping[str, object]


class Refused(Exception):
    """The form isn't taken: the status, a code that never changes, and a sentence."""

    status = 400
    code = ""
    sentence = ""

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(self.sentence)
        self.fields = dict(fields or {})


class Unreadable(Refused):
    code = "unreadable"
    sentence = "The body is no form, and no JSON object in UTF-8."


class TooLarge(Refused):
    status = 413
    code = "too_large"
    sentence = f"The body has at most {LARGEST} bytes."


class WrongMediaType(Refused):
    status = 415
    code = "unsupported_media_type"
    sentence = "A form is read here, or JSON."


class BadForm(Refused):
    code = "invalid_fields"
    sentence = "Some fields can't be taken."


class ConsentField(serializers.Serializer[Any]):
    purpose = serializers.SlugField(max_length=50)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)
    locale = serializers.CharField(max_length=10, required=False, allow_blank=True)
    text_hash = serializers.RegexField(r"\A[0-9a-fA-F]{64}\Z", required=False, allow_blank=True)
    surface = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="The page; without it the form's."
    )
    decision = serializers.ChoiceField(
        ["given", "refused"], required=False, default="given", help_text="Only a given one is kept."
    )


class FormFields(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=320, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    surface = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="The address of the form's page."
    )
    consents = serializers.ListField(child=ConsentField(), required=False, max_length=MOST_CONSENTS)


@dataclass(frozen=True)
class Sent:
    fields: Fields
    is_form: bool
    """Sent by a browser's form, not by a script."""

    def text(self, name: str) -> str:
        """Text that needs no more care than printing; else nothing."""
        said = self.fields.get(name)
        return said if isinstance(said, str) and said.isascii() and said.isprintable() else ""

    @property
    def is_trapped(self) -> bool:
        """A field that people don't see was filled in."""
        return self.fields.get(TRAP) not in (None, "")


@dataclass(frozen=True)
class Filled:
    met: Met
    reports: tuple[Report, ...]

    @property
    def mailbox(self) -> str:
        """As limits count it."""
        own = self.met.own
        assert own is not None
        return limit_key(own.normal)


def read(request: Request) -> Sent:
    """Raises TooLarge, WrongMediaType, Unreadable."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise TooLarge
    try:
        data = request.data
    except UnsupportedMediaType:
        raise WrongMediaType from None
    # ValueError: a number of 5,000 digits, half a character; RecursionError: a list in a list in a list …
    except (ParseError, SuspiciousOperation, UnreadablePostError, ValueError, RecursionError):
        raise Unreadable from None
    if isinstance(data, QueryDict):
        return Sent({name: _one_or_all(values) for name, values in data.lists()}, is_form=True)
    if not isinstance(data, dict):
        raise Unreadable
    return Sent(data, is_form=False)


def _one_or_all(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else list(values)


def check(sent: Sent, website: Website, origin: str, now: dt.datetime) -> Filled:
    """Raises BadForm."""
    wrong: dict[str, str] = {}
    form = FormFields(data={**sent.fields, "consents": _consents(sent.fields, wrong)})
    if not form.is_valid():
        wrong |= dict(_flat(form.errors))
    values = _values(sent.fields, website, wrong)
    if wrong:
        raise BadForm(wrong)
    said = Said(Source.WEBSITE, str(website.pk), now)
    contacts = _contacts(form.validated_data, website.brand.country)
    page = form.validated_data.get("surface") or origin
    reports = [_report(entry, page, now) for entry in form.validated_data["consents"]]
    if len({report.purpose for report in reports}) < len(reports):
        raise BadForm({"consents": "Name each purpose once."})
    name = username(contacts[0].normal)
    given = tuple(report for report in reports if report.decision == Decision.GIVEN)
    return Filled(Met(name, contacts, values, said), given)


def _contacts(fields: Mapping[str, Any], country: str) -> list[Contact]:
    wrong, contacts = {}, []
    try:
        if fields.get("email"):
            contacts.append(email(fields["email"]))
    except BadIdentifier as error:
        wrong["email"] = str(error)
    try:
        if fields.get("phone"):
            contacts.append(phone(fields["phone"], country))
    except BadIdentifier as error:
        wrong["phone"] = str(error)
    if not contacts and not wrong:
        wrong["email"] = "An e-mail address is needed, or a phone number."
    if wrong:
        raise BadForm(wrong)
    return contacts


def _values(fields: Fields, website: Website, wrong: dict[str, str]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name in ATTRIBUTES:
        if fields.get(name) in (None, "", []):
            continue
        try:
            if name not in website.attributes:
                raise BadAttribute(name, "This website may not say it.")
            values |= clean({name: fields[name]}, Source.WEBSITE)
        except BadAttribute as error:
            wrong[name] = error.why
    return values


def _consents(fields: Fields, wrong: dict[str, str]) -> object:
    """The list in JSON, and a form's `purpose` fields: a key, or “key version locale text-hash”."""
    said, named = fields.get("consents") or [], fields.get("purpose") or []
    rows = []
    for value in named if isinstance(named, list) else [named]:
        parts = value.split() if isinstance(value, str) else []
        if len(parts) not in (1, 4):
            wrong["purpose"] = "This must be a key, or a key, a version, a locale and a text's hash."
        rows.append(dict(zip(("purpose", "version", "locale", "text_hash"), parts, strict=False)))
    return [*said, *rows] if isinstance(said, list) else said


def _report(entry: Mapping[str, Any], page: str, now: dt.datetime) -> Report:
    return Report(
        purpose=entry["purpose"],
        decision=Decision(entry["decision"]),
        version=entry.get("version"),
        text_hash=entry.get("text_hash", "").lower(),
        locale=entry.get("locale", ""),
        surface=entry.get("surface") or page,
        at=now,
    )


def _flat(errors: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """By the path of the field the first of its errors."""
    if isinstance(errors, Mapping):
        for name, below in errors.items():
            yield from _flat(below, f"{above}.{name}" if above else str(name))
    elif errors and not isinstance(errors[0], Mapping):
        yield above, str(errors[0])
    else:
        for number, below in enumerate(errors):
            yield from _flat(below, f"{above}.{number}")
