"""The types of profile values. Each cleaner takes what somebody said and gives the value as it is kept,
or raises BadValue with a sentence for that somebody."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

import phonenumbers
from django.utils.translation import gettext as _

Value = str | list[str]

LANGUAGE = re.compile(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")
LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
COUNTRIES = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
"""ISO 3166-1 alpha-2, as far as they have telephones."""
COUNTRY = re.compile(r"^[A-Z]{2}$")


class BadValue(ValueError):
    """The text is for whoever said the value."""


def _plain(said: object, longest: int) -> str:
    if not isinstance(said, str):
        raise BadValue(_("This must be text."))
    plain = unicodedata.normalize("NFC", said).strip()
    if any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} for char in plain):
        raise BadValue(_("This has characters that can't be kept."))
    if not plain:
        raise BadValue(_("This must not be empty."))
    if len(plain) > longest:
        raise BadValue(_("This is too long."))
    return plain


def text(longest: int) -> Callable[[object], Value]:
    """Text of 1 to `longest` characters on one line."""
    return lambda said: _plain(said, longest)


def texts(most: int, longest: int) -> Callable[[object], Value]:
    """1 to `most` different texts. A text with commas is read as several."""

    def clean(said: object) -> Value:
        parts = said.split(",") if isinstance(said, str) else said
        if not isinstance(parts, list):
            raise BadValue(_("This must be a list."))
        unique = list(dict.fromkeys(_plain(part, longest) for part in parts if part != "" and part != " "))
        if not 1 <= len(unique) <= most:
            raise BadValue(_("This must have between one and %(most)d entries.") % {"most": most})
        return unique

    return clean


def language(said: object) -> Value:
    """A language tag (BCP 47)."""
    tag = _plain(said, 35)
    if not LANGUAGE.match(tag):
        raise BadValue(_("This is no language tag, such as en or pt-BR."))
    return tag


def country(said: object) -> Value:
    """A country code (ISO 3166-1 alpha-2)."""
    code = _plain(said, 2).upper()
    if not COUNTRY.match(code):
        raise BadValue(_("This is no country code, such as DE."))
    return code


def day(said: object) -> Value:
    """A day (ISO 8601); of a moment, the day."""
    try:
        return dt.datetime.fromisoformat(_plain(said, 40)).date().isoformat()
    except ValueError as error:
        raise BadValue(_("This is no day, such as 2026-01-31.")) from error


def as_text(value: Value) -> str:
    """For a form field, a claim or a vendor that knows only text."""
    return ", ".join(value) if isinstance(value, list) else value
