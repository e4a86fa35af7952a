"""What makes a password fit (NIST SP 800-63B-4, 3.1.1.2): long enough, and none that anybody would try first.
No rules of composition."""

import re
from collections.abc import Iterable
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils.translation import gettext as _

from accounts.models import Account, Brand, IdentifierKind
from accounts.snapshot import snapshot
from auth_flows import breached
from auth_flows.assurance import SECOND
from auth_flows.hashers import normal
from auth_flows.methods.password import LONGEST
from auth_flows.models import Authenticator

ALONE, BESIDE_A_SECOND = 15, 8
LEAST_LEFT = 4
"""So many letters besides somebody's own words make a password."""
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
RUN = 3
LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")


class Unfit(ValueError):
    """The password can't be used; the text says why."""


def shortest(*, has_second: bool) -> int:
    return BESIDE_A_SECOND if has_second else ALONE


def judge(password: str, *, words: Iterable[str] = (), has_second: bool = False) -> None:
    """Raises Unfit. `words` are the person's and the place's own; `has_second`: it never signs in alone.

    Asks outside where the settings say so, at most two seconds: call it outside a transaction.
    """
    if len(password) > LONGEST:
        raise Unfit(_("Use at most %(most)d characters.") % {"most": LONGEST})
    said, least = normal(password), shortest(has_second=has_second)
    if len(said) < least:
        raise Unfit(_("Use at least %(least)d characters.") % {"least": least})
    if is_guessable(said, words):
        raise Unfit(_("This is too easy to guess. Choose another."))
    try:
        known = breached.is_known(said)
    except breached.Unavailable:
        raise Unfit(_("We can't check this password just now. Try again in a minute.")) from None
    if known:
        raise Unfit(_("This password is known from a theft of data elsewhere. Choose another."))


def is_guessable(said: str, words: Iterable[str] = ()) -> bool:
    plain = said.casefold()
    return any(
        len(set(form)) < 4
        or _core(form) in _common()
        or _is_a_run(form)
        or _is_repeated(form)
        or _is_their_own(form, words)
        for form in {plain, plain.translate(LOOKS_LIKE)}
    )


def _core(form: str) -> str:
    """Without what people put around a word to make it longer."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", form)
    return form if form in _common() else bare


def _is_repeated(form: str) -> bool:
    """The same again and again, with something of it at the end."""
    return any(form == (form[:size] * len(form))[: len(form)] for size in range(1, (len(form) + 1) // 2 + 1))


def _is_a_run(form: str) -> bool:
    """Along the alphabet, the digits or the keyboard, in pieces."""
    place, pieces = 0, 0
    while place < len(form):
        size = max((_run_at(form, place, row) for one in ROWS for row in (one, one[::-1])), default=0)
        if size < RUN:
            return False
        place, pieces = place + size, pieces + 1
    return pieces > 0


def _run_at(form: str, place: int, row: str) -> int:
    size = 0
    while place + size < len(form) and form[place : place + size + 1] in row:
        size += 1
    return size


def _is_their_own(form: str, words: Iterable[str]) -> bool:
    """Little but the names of the person and the place."""
    own = {part for word in words for part in _parts(word.casefold())}
    rest = form
    for word in sorted(own | {word.translate(LOOKS_LIKE) for word in own}, key=len, reverse=True):
        rest = rest.replace(word, " ")
    if rest == form:
        return False
    letters = re.sub(r"[\W\d_]+", "", rest)
    return len(letters) < LEAST_LEFT or letters in _common()


def _parts(word: str) -> Iterable[str]:
    yield from (part for part in (word, *re.split(r"[\W_]+", word)) if len(part) >= 3)


@cache
def _common() -> frozenset[str]:
    """Django's list of 20,000 common passwords."""
    return frozenset(CommonPasswordValidator().passwords)


def words_of(account: Account) -> tuple[str, ...]:
    """What anybody would guess of this person: addresses, names, and the brands they are with."""
    known = snapshot(account)
    names = [str(known.values[name].value) for name in ("given_name", "family_name") if name in known.values]
    said = account.identifiers.filter(retired_at=None, kind=IdentifierKind.EMAIL).values_list(
        "normal", flat=True
    )
    brands = Brand.objects.filter(memberships__account=account).values_list("name", flat=True)
    return (*names, *said, *brands)


def has_second(account: Account) -> bool:
    """Whether a password never signs this person in alone."""
    rows = Authenticator.objects.filter(account=account, confirmed_at__isnull=False, kind__in=SECOND)
    return rows.exists()
