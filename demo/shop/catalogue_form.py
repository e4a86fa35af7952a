"""What somebody entered into the catalogue's form, and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from werkzeug.datastructures import MultiDict

from demo.shop.purposes import ASKED, Purpose
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
NOT_OUR_FORM = Mistake(
    "", "This page was open for too long, or your browser refuses cookies. Send it once more."
)
CHANGED_AGAIN = Mistake(
    "", "Your record changed while we saved, twice. Your choice is not saved yet: send it once more."
)


def new_wording(purpose: Purpose) -> Mistake:
    return Mistake(
        purpose.key,
        f"The wording of “{purpose.title}” has just changed. Read it again and tick if you agree.",
    )


@dataclass(frozen=True)
class Entry:
    """`ticks` has the ticked purposes: by key, the version and the hash of the wording beside the tick."""

    email: str = ""
    interests: tuple[str, ...] = ()
    ticks: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, form: MultiDict[str, str], website: Website) -> Self:
        return cls(
            email=form.get("email", "").strip(),
            interests=ticked(form, website),
            ticks={
                key: (form.get(f"{key}_version", ""), form.get(f"{key}_text_hash", ""))
                for key in ASKED
                if form.get(key)
            },
        )

    def mistakes(self) -> Sequence[Mistake]:
        is_address = ADDRESS.fullmatch(self.email) and self.email.isprintable()
        return () if is_address and len(self.email) <= LONGEST_ADDRESS else (NO_ADDRESS,)

    def agreed_to(self, purpose: Purpose) -> bool:
        """A tick is a yes to the words that stood beside it, and to no others."""
        return self.ticks.get(purpose.key) == (str(purpose.version), purpose.text_hash)

    def without(self, purposes: Iterable[Purpose]) -> Self:
        """With these unticked."""
        keys = {one.key for one in purposes}
        return replace(self, ticks={key: shown for key, shown in self.ticks.items() if key not in keys})


def ticked(form: MultiDict[str, str], website: Website) -> tuple[str, ...]:
    """Which of the offered interests, in the order in which they are offered."""
    return tuple(one for one in website.interests if one in form.getlist("interests"))
