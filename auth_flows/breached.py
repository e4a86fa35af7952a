"""Passwords known from thefts of data, looked up without telling which (k-anonymity: five digits of a hash).

The range API of Have I Been Pwned: https://haveibeenpwned.com/API/v3#PwnedPasswords
"""

import hashlib
import logging

import httpx
from django.conf import settings

from ciam.lib import http
from ciam.lib.kept import Kept

log = logging.getLogger(__name__)

PREFIX = 5
TRIES, PATIENCE = 2, 1.0  # seconds for each: two together
KEPT_S = 3_600.0

_ranges: Kept[str, frozenset[str]] = Kept(KEPT_S, most=100)


class Unavailable(Exception):
    """Nobody answered, and the settings say that no password is taken unchecked."""


def is_known(password: str) -> bool:
    """Whether it stands in the list; False where none is configured. Raises Unavailable."""
    if not settings.HIBP_URL:
        return False
    digest = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()
    found = _ranges.get(digest[:PREFIX], lambda: _asked(digest[:PREFIX]))
    if found is None and settings.HIBP_FAIL_CLOSED:
        raise Unavailable
    return digest[PREFIX:] in (found or frozenset())


def is_known_for_sure(password: str) -> bool:
    """For whoever comes in by it: nobody is kept out because nobody answered."""
    try:
        return is_known(password)
    except Unavailable:
        return False


def _asked(prefix: str) -> frozenset[str] | None:
    """The ends of all hashes with this beginning; None where nobody answered."""
    why = ""
    for _try in range(TRIES):
        try:
            # Padding hides in the size of the answer which beginning was asked for.
            with http.client(patience=PATIENCE) as client:
                response = client.get(f"{settings.HIBP_URL}/range/{prefix}", headers={"Add-Padding": "true"})
        except httpx.HTTPError as error:
            why = type(error).__name__
            continue
        if response.status_code == httpx.codes.OK:
            return frozenset(_ends(response.text))
        why = str(response.status_code)
    log.warning("breached passwords can't be looked up: %s", why)
    return None


def _ends(text: str) -> list[str]:
    rows = (line.partition(":") for line in text.splitlines())
    return [end.upper() for end, _colon, times in rows if times.strip().isdigit() and int(times) > 0]
