"""Profile values and who said them. A weaker source never overwrites a stronger one."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.attributes import ATTRIBUTES, Attribute
from accounts.models import Account, ProfileValue, Source
from accounts.values import BadValue, Value

STRENGTH: dict[str, int] = {
    Source.TARGET: 0,
    Source.IMPORT: 1,
    Source.WEBSITE: 2,
    Source.PROVIDER: 3,
    Source.CUSTOMER: 4,
    Source.VERIFICATION: 5,
}


LONGEST_FOLDED = 200


class BadAttribute(ValueError):
    """A value that can't be kept: which attribute, and why in a sentence for whoever said it."""

    def __init__(self, attribute: str, why: str) -> None:
        super().__init__(f"{attribute}: {why}")
        self.attribute = attribute
        self.why = why


@dataclass(frozen=True)
class Said:
    """Who says it, and when."""

    source: Source
    by: str
    at: dt.datetime
    consent_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Known:
    """A value as one source said it."""

    value: Value
    source: Source
    said_by: str
    said_at: dt.datetime
    verified_at: dt.datetime | None = None


def clean(values: Mapping[str, object], source: Source) -> dict[str, Value]:
    """The values as they are kept; raises BadAttribute for an unknown, forbidden or malformed one."""
    cleaned = {}
    for name, said in values.items():
        attribute = ATTRIBUTES.get(name)
        if attribute is None:
            raise BadAttribute(name, "There is no such attribute.")
        if source not in attribute.said_by:
            raise BadAttribute(name, "This source may not say it.")
        try:
            cleaned[name] = attribute.clean(said)
        except BadValue as error:
            raise BadAttribute(name, str(error)) from error
    return cleaned


def say(
    account: Account, values: Mapping[str, Value], said: Said, held: Mapping[str, Value] | None = None
) -> tuple[str, ...]:
    """Keep cleaned values; returns the names of those that changed. The caller records the event.

    `held` is what this source has said so far, where the caller has read it.
    """
    if held is None:
        rows = ProfileValue.objects.filter(account=account, source=said.source, said_by=said.by)
        held = dict(rows.values_list("attribute", "value")) if values else {}
    changed = [name for name, value in values.items() if held.get(name) != value]
    if not changed:
        return ()
    keep(rows_of(account, {name: values[name] for name in changed}, said))
    return tuple(changed)


def keep(rows: list[ProfileValue]) -> None:
    """Save what `rows_of` made, over what the same sources said before."""
    ProfileValue.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account", "attribute", "source", "said_by"],
        update_fields=["value", "folded", "words", "said_at", "consent_id"],
    )


def rows_of(account: Account, values: Mapping[str, Value], said: Said) -> list[ProfileValue]:
    """Not yet saved."""
    return [
        ProfileValue(
            account=account,
            attribute=name,
            value=value,
            **folded(value),
            source=said.source,
            said_by=said.by,
            said_at=said.at,
            consent_id=said.consent_id,
        )
        for name, value in values.items()
    ]


def folded(value: Value) -> dict[str, Any]:
    """The columns by which filters find a value, whatever its case."""
    if isinstance(value, list):
        return {"folded": "", "words": [fold(text) for text in value]}
    return {"folded": fold(value), "words": []}


def fold(text: str) -> str:
    return text.casefold()[:LONGEST_FOLDED]


def take_back(account_id: uuid.UUID, names: Iterable[str], said: Said) -> None:
    """Forget what this one source said; what others said stands."""
    ProfileValue.objects.filter(
        account=account_id, source=said.source, said_by=said.by, attribute__in=list(names)
    ).delete()


def unsay(account: Account, names: Iterable[str], *, weaker_than: Source | None = None) -> tuple[str, ...]:
    """Drop attributes, whoever said them; with `weaker_than`, only what weaker sources said.

    Returns the names of those that were there.
    """
    rows = ProfileValue.objects.filter(account=account, attribute__in=list(names))
    if weaker_than is not None:
        rows = rows.filter(source__in=[s for s, rank in STRENGTH.items() if rank < STRENGTH[weaker_than]])
    gone = tuple(sorted(set(rows.values_list("attribute", flat=True))))
    rows.delete()
    return gone


def strongest(rows: Iterable[ProfileValue]) -> dict[str, Known]:
    """For each attribute the value that counts: of the strongest source, and of these the newest."""
    best: dict[str, ProfileValue] = {}
    for row in rows:
        other = best.get(row.attribute)
        if other is None or _rank(row) > _rank(other):
            best[row.attribute] = row
    return {
        name: Known(row.value, Source(row.source), row.said_by, row.said_at, row.verified_at)
        for name, row in best.items()
        if name in ATTRIBUTES
    }


def _rank(row: ProfileValue) -> tuple[int, dt.datetime, uuid.UUID]:
    return STRENGTH[row.source], row.said_at, row.pk


def in_order(values: Mapping[str, Known]) -> list[tuple[Attribute, Known]]:
    """For a page: as `attributes.py` orders them."""
    return [(attribute, values[name]) for name, attribute in ATTRIBUTES.items() if name in values]
