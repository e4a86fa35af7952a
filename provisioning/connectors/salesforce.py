"""Salesforce: a contact, a lead or a person account for each person, and the consent that goes with it.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/

Secret: consumer key and consumer secret of an app with the client credentials flow, as `key:secret`. The
object needs a field of ours, Text(64), external id, unique, case-sensitive: by it a record is found, made and
changed. A person whom Salesforce may no longer use is opted out, and cleared but for the address, without
which nothing would stay suppressed.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Answer, Hold, Push, Setting
from provisioning.connectors.salesforce_bulk import MOST_ROWS, Backfill
from provisioning.connectors.salesforce_consent import CONSENT, INDIVIDUAL
from provisioning.connectors.salesforce_hold import Holding
from provisioning.connectors.salesforce_letting_go import ANONYMISE, DELETE, LettingGo
from provisioning.connectors.salesforce_org import MOST, VERSION, Org
from provisioning.connectors.salesforce_person import OBJECTS, OUR_ID, UNKNOWN, People, Shape
from provisioning.connectors.wire import Fields
from provisioning.mapping import EMAIL
from provisioning.models import Connector


class Salesforce:
    kind: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("login_url", "My Domain", "As https://example.my.salesforce.com.", required=True),
        Setting("version", "API version", default=VERSION),
        Setting("object", "Object", "Account: for person accounts.", OBJECTS[0], choices=OBJECTS),
        Setting("external_id", "External id field", "Text(64), external id, unique.", OUR_ID),
        Setting("company", "Company", "Of leads, who must have one.", UNKNOWN),
        Setting(
            "with_individual",
            "Individual and consent",
            "Where Data Protection and Privacy is on: both need the external id field too.",
            "no",
            choices=("no", "yes"),
        ),
        Setting(
            "on_erase",
            "Erasure",
            "Delete: overwrites first; the emptied record stays in the Recycle Bin for fifteen days.",
            ANONYMISE,
            choices=(ANONYMISE, DELETE),
        ),
    )
    default_mapping: ClassVar[Mapping[str, str]] = {
        EMAIL: "Email",
        "given_name": "FirstName",
        "family_name": "LastName",
        "country": "MailingCountry",
        "source": "LeadSource",
    }
    batch_size: ClassVar[int] = MOST
    job_size: ClassVar[int] = MOST_ROWS

    def check(self, connector: Connector, deadline: float) -> str:
        with Org(connector, deadline) as org:
            reply = org.ask("GET", "/limits")
            if reply.is_refused:
                raise NeedsHuman("Salesforce gives a token, but no API of this version: see the settings.")
            return f"Salesforce accepts the consumer key, at {org.host}."

    def prepare(self, connector: Connector, deadline: float) -> None:
        """Says what an administrator has to add there: this API makes no fields."""
        with Org(connector, deadline) as org:
            shape = Shape.of(connector, self.default_mapping)
            _prepare(org, shape, with_individual=Holding(org, shape, connector).with_individual)

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with Org(connector, deadline) as org:
            shape = Shape.of(connector, self.default_mapping)
            # Withdrawals and erasures first.
            gone = [push for push in pushes if not isinstance(push.wanted, Hold)]
            yield from LettingGo(org, shape, connector).push(gone)
            holding = Holding(org, shape, connector)
            anew: list[Push] = []
            yield from _hold(People(org, shape), holding, pushes, anew)
            yield from _hold(People(org, shape), holding, anew, [])

    def held_there(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        with Org(connector, deadline) as org:
            shape = Shape.of(connector, self.default_mapping)
            found = People(org, shape).find([str(push.member_id) for push in pushes], shape.mapping.values())
            for push in pushes:
                record = found.get(str(push.member_id))
                yield push.link_id, None if record is None else shape.held(record)

    def begin_job(self, connector: Connector, pushes: Sequence[Push], deadline: float) -> str:
        """Hold these people, at most `job_size`, in one job; returns its number, empty where nobody is to be
        held. See `salesforce_bulk` for what must not happen until it is over."""
        with self._backfill(connector, deadline) as backfill:
            return backfill.begin(pushes)

    def job_is_over(self, connector: Connector, job: str, deadline: float) -> bool:
        with self._backfill(connector, deadline) as backfill:
            return backfill.is_over(job)

    def answers_of_job(
        self, connector: Connector, job: str, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with self._backfill(connector, deadline) as backfill:
            yield from backfill.answers(job, pushes)

    def abandon_job(self, connector: Connector, job: str, deadline: float) -> None:
        with self._backfill(connector, deadline) as backfill:
            backfill.abandon(job)

    @contextmanager
    def _backfill(self, connector: Connector, deadline: float) -> Iterator[Backfill]:
        with Org(connector, deadline) as org:
            shape = Shape.of(connector, self.default_mapping)
            yield Backfill(org, shape, Holding(org, shape, connector))


def _hold(
    people: People, holding: Holding, pushes: Sequence[Push], anew: list[Push]
) -> Iterator[tuple[uuid.UUID, Answer]]:
    """Those whose record somebody had deleted, so that it was made anew, are left in `anew`: what is said
    once has to be said again."""
    if not pushes:
        return
    held, failed = holding.begin(pushes)
    yield from failed.items()
    results = people.upsert([one.row for one in held])
    lost = holding.made_anew(held, results)
    anew += lost.values()
    yield from holding.finish([one for one in held if one.row.key not in lost], results)


def _prepare(org: Org, shape: Shape, *, with_individual: bool) -> None:
    there = _described(org, shape.sobject, shape.our_id)
    wanted = {*shape.mapping.values(), shape.opted_out}
    if with_individual:
        wanted.add(shape.individual)
        for sobject in (INDIVIDUAL, CONSENT):
            _described(org, sobject, shape.our_id)
    for name in sorted(wanted):
        if name not in there or not there[name].true("updateable"):
            raise NeedsHuman(
                f"{shape.sobject} at Salesforce has no field {name}, or the run-as user may not write it: "
                "add it there, or correct the connector's mapping."
            )


def _described(org: Org, sobject: str, our_id: str) -> dict[str, Fields]:
    """Raises NeedsHuman where the object lacks, or its field for our id."""
    there = org.describe(sobject)
    if there is None:
        raise NeedsHuman(f"Salesforce has no object {sobject}, or the run-as user does not see it.")
    known = there.get(our_id, Fields(None))
    if not (known.true("externalId") and known.true("unique") and known.true("updateable")):
        raise NeedsHuman(
            f"{sobject} at Salesforce needs a field {our_id} that the run-as user may write: Text(64), "
            "External ID, Unique, case-sensitive. Add it there, then switch the connector on again."
        )
    return there
