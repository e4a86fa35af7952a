"""What somebody entered into the catalogue's form, and what is wrong with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from werkzeug.datastructures import MultiDict

from demo.shop.purposes import Purpose
from demo.shop.websites import Website

# Only what can't be an address at all: the CIAM knows the rest.
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class Mistake:
    """`field` is the id of the input, or empty where the whole form is meant."""

    field: str
    sentence: str


NO_ADDRESS = Mistake("email", "Enter an e-mail address, such as ada@example.com.")
REFUSED_ADDRESS = Mistake("email", "We can't use this address. Check it, or enter another one.")
NEW_WORDING = Mistake(
    "newsletter", "The newsletter's wording has just changed. Read it again and tick if you agree."
)
NOT_OUR_FORM = Mistake(
    "", "This page was open for too long, or your browser refuses cookies. Send it once more."
)
CHANGED_AGAIN = Mistake(
    "", "Your record changed while we saved, twice. Your choice is not saved yet: send it once more."
)


@dataclass(frozen=True)
class Entry:
    """`shown` is the version and hash of the newsletter's wording above the tick."""

    email: str = ""
    interests: tuple[str, ...] = ()
    newsletter: bool = False
    shown: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, form: MultiDict[str, str], website: Website) -> Self:
        return cls(
            email=form.get("email", "").strip(),
            interests=ticked(form, website),
            newsletter=bool(form.get("newsletter")),
            shown=(form.get("version", ""), form.get("text_hash", "")),
        )

    def mistakes(self) -> Sequence[Mistake]:
        is_address = ADDRESS.fullmatch(self.email) and self.email.isprintable()
        return () if is_address and len(self.email) <= LONGEST_ADDRESS else (NO_ADDRESS,)

    def agreed_to(self, purpose: Purpose) -> bool:
        """A tick is a yes to the words that stood beside it, and to no others."""
        return self.newsletter and self.shown == (str(purpose.version), purpose.text_hash)

    def unticked(self) -> Self:
        return replace(self, newsletter=False)


def ticked(form: MultiDict[str, str], website: Website) -> tuple[str, ...]:
    """Which of the offered interests, in the order in which they are offered."""
    return tuple(one for one in website.interests if one in form.getlist("interests"))
