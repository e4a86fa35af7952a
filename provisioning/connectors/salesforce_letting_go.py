"""Whom Salesforce may no longer know: opted out and cleared where it can be undone, forgotten where not."""

import uuid
from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone

from provisioning.connectors.base import Answer, Done, Erase, Push
from provisioning.connectors.salesforce_consent import Said
from provisioning.connectors.salesforce_hold import Holding
from provisioning.connectors.salesforce_org import Org, Result, Saved, Value
from provisioning.connectors.salesforce_person import People, Shape
from provisioning.connectors.salesforce_wire import Refused
from provisioning.connectors.wire import Fields
from provisioning.mapping import EMAIL
from provisioning.models import Connector, Outcome

NOTHING = Done("", frozenset(), Outcome.NOTHING)
ANONYMISE, DELETE = "anonymise", "delete"
ENDED = "The consent was withdrawn or has ended."
# What a record may say of somebody besides the mapped fields, typed there by hand.
PERSONAL = (
    "FirstName",
    "MiddleName",
    "Salutation",
    "Suffix",
    "Email",
    "Phone",
    "MobilePhone",
    "HomePhone",
    "OtherPhone",
    "AssistantPhone",
    "AssistantName",
    "Fax",
    "Birthdate",
    "Title",
    "Department",
    "Description",
    *(
        f"{kind}{part}"
        for kind in ("Mailing", "Other")
        for part in ("Street", "City", "State", "PostalCode", "Country")
    ),
)


class LettingGo:
    def __init__(self, org: Org, shape: Shape, connector: Connector) -> None:
        self._org, self._shape = org, shape
        self._people = People(org, shape)
        self._holding = Holding(org, shape, connector)
        self._purpose = connector.purpose.key
        self._deletes = connector.settings.get("on_erase") == DELETE

    def push(self, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Answer]]:
        if not pushes:
            return
        parties = [self._shape.individual] if self._holding.with_individual else []
        asked = [*self._shape.mapping.values(), *parties]
        found = self._people.find([str(push.member_id) for push in pushes], asked)
        yield from self._erase([push for push in pushes if isinstance(push.wanted, Erase)], found)
        yield from self._suppress([push for push in pushes if not isinstance(push.wanted, Erase)], found)

    def _suppress(
        self, pushes: Sequence[Push], found: Mapping[str, Fields]
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        there: list[tuple[Push, Fields]] = []
        for push in pushes:
            record = found.get(str(push.member_id))
            if record is None and push.remote_id:
                # It may only have lost our id there.
                known = {self._shape.email: "?"} if EMAIL in push.held else {}
                record = Fields({"Id": push.remote_id, **known})
            if record is not None:
                there.append((push, record))
            else:
                yield push.link_id, NOTHING
        failed = self._opt_out(there)
        rest = self._shape.without(self._shape.mapping.keys() - {EMAIL})
        rest[self._shape.opted_out] = True
        rows = [{"Id": record.text("Id"), **rest} for _push, record in there]
        results = self._org.update(self._shape.sobject, rows)
        for (push, record), result in zip(there, results, strict=True):
            yield push.link_id, failed.get(push.link_id) or self._suppressed(result, record)

    def _suppressed(self, result: Result, record: Fields) -> Answer:
        if isinstance(result, Refused):
            return NOTHING if result.is_gone else result.answer()
        left = frozenset({EMAIL} if record.text(self._shape.email) else ())
        return Done(result.id, left, Outcome.SUPPRESSED)

    def _opt_out(self, there: Sequence[tuple[Push, Fields]]) -> dict[uuid.UUID, Answer]:
        """The individuals, and the consent to be written to. What failed, by link id."""
        if not self._holding.with_individual:
            return {}
        parties = [(push, record.text(self._shape.individual)) for push, record in there]
        known = [(push, party) for push, party in parties if party]
        consents, now = self._holding.consents, timezone.now()
        said = [Said(str(push.member_id), party, self._purpose, False, now, ENDED) for push, party in known]
        results = [*consents.opt_out([party for _push, party in known]), *consents.say(said)]
        return {
            push.link_id: result.answer()
            for (push, _party), result in zip([*known, *known], results, strict=True)
            if isinstance(result, Refused) and not result.is_gone
        }

    def _erase(
        self, pushes: Sequence[Push], found: Mapping[str, Fields]
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        """The record that we stored, and one that has our id although its answer never reached us."""
        if not pushes:
            return
        our_ids = [str(push.member_id) for push in pushes]
        others: dict[str, list[Result]] = {}
        if self._holding.with_individual:
            others = self._holding.consents.forget(our_ids, delete=self._deletes)
        ids = {push.link_id: _ids(push, found) for push in pushes}
        rows = [
            {"Id": one, **self._nothing()} for one in sorted({one for many in ids.values() for one in many})
        ]
        forgotten = self._org.forget(self._shape.sobject, self._shape.our_id, rows, delete=self._deletes)
        by_id = {str(row["Id"]): result for row, result in zip(rows, forgotten, strict=True)}
        for push in pushes:
            results = [*others.get(str(push.member_id), []), *(by_id[one] for one in ids[push.link_id])]
            yield push.link_id, _erased(push, results)

    def _nothing(self) -> dict[str, Value]:
        """Overwrites whatever says something of a person, as far as the object has it."""
        there = self._org.describe(self._shape.sobject) or {}
        personal = {*map(self._shape.named, PERSONAL), *PERSONAL} & there.keys()
        empty: dict[str, Value] = {name: None for name in personal if there[name].true("updateable")}
        mapped = self._shape.without(self._shape.mapping)
        return {**empty, **mapped, **self._shape.placeholders(), self._shape.opted_out: True}


def _ids(push: Push, found: Mapping[str, Fields]) -> list[str]:
    record = found.get(str(push.member_id), Fields(None))
    return sorted({push.remote_id, record.text("Id")} - {""})


def _erased(push: Push, results: Sequence[Result]) -> Answer:
    for result in results:
        if isinstance(result, Refused) and not result.is_gone:
            return result.answer()
    if not results:
        return NOTHING
    saved = next((one.id for one in results if isinstance(one, Saved)), "")
    return Done(push.remote_id or saved, frozenset(), Outcome.ERASED)
