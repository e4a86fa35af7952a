"""What Salesforce shall hold of people: what is sent for each, and what is left to say once it is saved. The
same whether they go in calls of 200 or in a job."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ciam.lib.crypto import keyed_hash
from ciam.lib.outbox import NeedsHuman, TryLater
from consent.models import Channel
from provisioning.connectors.base import Answer, Basis, Done, Hold, Push
from provisioning.connectors.salesforce_consent import Consents, Said
from provisioning.connectors.salesforce_org import Org, Saved, Value
from provisioning.connectors.salesforce_person import Result, Row, Shape
from provisioning.connectors.salesforce_wire import Refused
from provisioning.mapping import EMAIL
from provisioning.models import Connector, Outcome


@dataclass(frozen=True)
class Held:
    """One person to be held there. `mark` is of the subscription, `party` the id of their individual."""

    row: Row
    hold: Hold
    mark: str
    party: str = ""

    @property
    def is_news(self) -> bool:
        """The consent or the address is another than last time. Only then is a subscription set: whoever
        opted out at Salesforce itself stays so."""
        return bool(self.mark) and self.mark != self.row.push.subscription_mark


class Holding:
    def __init__(self, org: Org, shape: Shape, connector: Connector) -> None:
        self._shape = shape
        self._is_for_email = Channel.EMAIL in (connector.purpose.channels or [Channel.EMAIL])
        self.consents = Consents(org, shape.our_id)
        self.with_individual = connector.settings.get("with_individual") == "yes"

    def begin(self, pushes: Sequence[Push]) -> tuple[list[Held], dict[uuid.UUID, Answer]]:
        """Who is to be saved, and the answers for whom that is pointless."""
        people = [
            Held(Row(push, {}), push.wanted, self._mark(push.wanted))
            for push in pushes
            if isinstance(push.wanted, Hold)
        ]
        parties, failed = self._parties([one for one in people if one.is_news])
        ready = [
            replace(one, party=parties.get(one.row.key, "")) for one in people if one.row.key not in failed
        ]
        return [replace(one, row=Row(one.row.push, self._values(one))) for one in ready], failed

    def _values(self, one: Held) -> dict[str, Value]:
        values = self._shape.values(one.row.push, one.hold)
        if one.is_news:
            values[self._shape.opted_out] = False
        if one.party:
            values[self._shape.individual] = one.party
        return values

    def _parties(self, news: Sequence[Held]) -> tuple[dict[uuid.UUID, str], dict[uuid.UUID, Answer]]:
        """Ids of individuals, and answers for whom there is none, by row key."""
        if not self.with_individual or not news:
            return {}, {}
        results = self.consents.individuals([one.row.our_id for one in news])
        by_key = {one.row.key: result for one, result in zip(news, results, strict=True)}
        failed = {key: result.answer() for key, result in by_key.items() if isinstance(result, Refused)}
        return {key: result.id for key, result in by_key.items() if isinstance(result, Saved)}, failed

    def made_anew(self, people: Sequence[Held], results: Mapping[uuid.UUID, Result]) -> dict[uuid.UUID, Push]:
        """Whose record is not the one that we knew, as they are to be pushed once more."""
        found = {}
        for one in people:
            result, push = results[one.row.key], one.row.push
            if (
                isinstance(result, Saved)
                and push.remote_id
                and result.id != push.remote_id
                and not one.is_news
            ):
                found[one.row.key] = replace(push, remote_id=result.id, subscription_mark="")
        return found

    def finish(
        self, people: Sequence[Held], results: Mapping[uuid.UUID, Result]
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        saved = [one for one in people if one.party and isinstance(results[one.row.key], Saved)]
        said = self.consents.say([_said(one) for one in saved])
        unsaid = {
            one.row.key: result.answer()
            for one, result in zip(saved, said, strict=True)
            if isinstance(result, Refused)
        }
        for one in people:
            yield one.row.key, unsaid.get(one.row.key) or _answer(one, results[one.row.key])

    def _mark(self, hold: Hold) -> str:
        address = str(hold.values.get(EMAIL, ""))
        if not address or not self._is_for_email:
            return ""
        where = f"{self._shape.sobject} {self.with_individual}"
        basis = f"{hold.basis.purpose} {hold.basis.version} {hold.basis.said_at.isoformat()}"
        return keyed_hash("subscription", f"{where} {address} {basis}")


def _said(one: Held) -> Said:
    basis = one.hold.basis
    return Said(one.row.our_id, one.party, basis.purpose, True, basis.said_at, _words(basis))


def _words(basis: Basis) -> str:
    return f"{basis.purpose}, version {basis.version}, of {basis.said_at:%Y-%m-%d %H:%M:%S} UTC"


def _answer(one: Held, result: Result) -> Answer:
    match result:
        case Saved(id=record_id):
            return Done(record_id, frozenset(one.hold.values), Outcome.HOLDS, one.mark)
        case Refused():
            return result.answer()
        case TryLater() | NeedsHuman():
            return result
