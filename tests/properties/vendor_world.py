"""Real connectors, vendors over HTTP, and people whose every word can be told from every other.

What is on the way is not decided by the connectors: each text names its person and its number, so that any
request of any vendor can be read for what it tells, whatever its shape.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ciam.lib.ids import uuid7
from consent.models import Purpose
from provisioning import breaker
from provisioning.connectors import kind_of
from provisioning.connectors.base import CanBeCompared, Hold
from provisioning.delivery import FRESH, Batch, read
from provisioning.mapping import EMAIL, fields, mapping_of
from provisioning.models import Connector, Link, Release
from provisioning.outbox import send_again
from tests.properties.outbox_histories import Verb
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.mixpanel_target import project
from tests.provisioning.outbox.salesforce_target import connected
from tests.provisioning.outbox.scene import SITE, Customer
from tests.sandbox.running import RunningSandbox

WITH_NAMES, WITHOUT = frozenset({"email", "given_name"}), frozenset({"email"})
NAME, LIKING = re.compile(r"Given(\d+)x(\d+)x"), re.compile(r"Tea(\d+)x")
VENDORS = ("hubspot", "salesforce", "mixpanel")


@dataclass
class Person:
    number: int
    customer: Customer
    covered: frozenset[str] = WITH_NAMES
    personal: bool = False
    active: bool = True
    paused: bool = False
    erased: bool = False
    name: int = 0

    @property
    def is_open(self) -> bool:
        return bool(self.covered) and self.active and not self.paused and not self.erased


@dataclass
class VendorWorld:
    sandbox: RunningSandbox
    newsletter: Purpose = field(init=False)
    personal: Purpose = field(init=False)
    connectors: list[Connector] = field(init=False)
    people: list[Person] = field(init=False)
    cells: frozenset[str] = WITH_NAMES
    wording: frozenset[str] = WITH_NAMES
    seen: int = 0
    """The last request that was looked at."""
    later: float = 0.0

    def __post_init__(self) -> None:
        self.sandbox.reset()
        brand = scene.brand(f"shop-{uuid7()}")
        self.newsletter = scene.purpose(brand, "newsletter", sorted(self.wording))
        self.personal = scene.purpose(brand, "personal", ["interests"])
        hubspot = {"base_url": self.sandbox.base_url("hubspot"), "subscription_id": 1001}
        self.connectors = [
            scene.connector(self.newsletter, "hubspot", settings=hubspot),
            connected(self.sandbox, self.newsletter),
            project(self.sandbox, self.newsletter),
        ]
        Release.objects.bulk_create(
            Release(connector=one, purpose=self.personal, attribute="interests") for one in self.connectors
        )
        self.people = [Person(n, one) for n, one in enumerate(scene.crowd(self.newsletter, 2))]
        for person in self.people:
            person.customer.says(interests=[f"Tea{person.number}x"])
        self.seen = max((one["id"] for one in self.sandbox.requests()), default=0)

    # -- what happens

    def change(self, person: Person, verb: Verb) -> None:
        customer = person.customer
        match verb:
            case Verb.SAYS:
                person.name += 1
                customer.says(given_name=f"Given{person.number}x{person.name}x")
            case Verb.GIVES:
                person.covered = self.wording
                customer.gives(self.newsletter)
            case Verb.WITHDRAWS:
                person.covered = frozenset()
                customer.withdraws(self.newsletter)
            case Verb.OPENS | Verb.CLOSES:
                person.personal = verb == Verb.OPENS
                (customer.gives if person.personal else customer.withdraws)(self.personal)
            case Verb.PAUSES | Verb.RESUMES:
                person.paused = verb == Verb.PAUSES
                customer.is_restricted(person.paused)
            case Verb.ENDS | Verb.RETURNS:
                person.active = verb == Verb.RETURNS
                (customer.returns if person.active else customer.ends)()
            case Verb.ERASED:
                person.erased = True
                customer.is_erased()

    def publish(self, releases: frozenset[str]) -> None:
        latest = self.newsletter.versions.latest("number")
        latest.pk, latest._state.adding = uuid7(), True
        latest.number, latest.material, latest.releases = latest.number + 1, False, sorted(releases)
        latest.save()
        self.wording = releases

    def redraw(self, cells: frozenset[str]) -> None:
        Release.objects.filter(connector__in=self.connectors, purpose=self.newsletter).delete()
        Release.objects.bulk_create(
            Release(connector=one, purpose=self.newsletter, attribute=name)
            for one in self.connectors
            for name in cells
        )
        self.cells = cells
        send_again(self.links(), SITE)

    def sweep(self) -> None:
        scene.deliver(after=self.later)
        self.look()

    # -- what must be true

    def look(self) -> None:
        """Nothing changes while a sweep lasts: each request may tell what is allowed now, and no more."""
        requests = self.sandbox.requests(since=self.seen)
        for request in requests:
            self.seen = request["id"]
            self._check(request)
        assert [one["violations"] for one in requests if one["violations"]] == []

    def _check(self, request: Mapping[str, Any]) -> None:
        told = json.dumps([request["path"], request["query"], request["body"]])
        for number, name in NAME.findall(told):
            person = self.people[int(number)]
            assert person.is_open, (request["path"], "a name of whom nothing may leave")
            assert "given_name" in person.covered & self.cells, (
                request["path"],
                "a name that is not covered",
            )
            assert int(name) == person.name, (request["path"], "an older name")
        for number in LIKING.findall(told):
            person = self.people[int(number)]
            assert person.is_open, (request["path"], "the taste of whom nothing may leave")
            assert person.personal, (request["path"], "an interest that was not agreed to")
        for person in self.people:
            # By its address alone a vendor knows whom to leave in peace.
            is_letting_go = "UNSUBSCRIBED" in told or request["method"] == "GET"
            if person.customer.email in told and not is_letting_go:
                assert person.is_open, (request["path"], "an address of whom none may leave")

    def ends(self) -> None:
        """In the end each vendor holds exactly what it may."""
        self.sandbox.forget_faults()
        for _round in range(3):
            self.later += 2_000
            for connector in self.connectors:
                breaker.start(connector)
            send_again(self.links().exclude(needs_human=""), SITE)
            self.sweep()
        stuck = self.links().exclude(is_behind=False).values_list("connector__kind", "trouble", "needs_human")
        assert list(stuck) == []
        for connector in self.connectors:
            self._check_end(Connector.objects.select_related("purpose").get(pk=connector.pk))

    def _check_end(self, connector: Connector) -> None:
        kind = kind_of(connector)
        assert isinstance(kind, CanBeCompared)
        links = tuple(self.links().filter(connector=connector).order_by("account_id"))
        batch = read(Batch(connector, kind, links, time.monotonic() + FRESH))
        pushes = list(batch.pushes.values())
        there = dict(kind.held_there(connector, pushes, batch.deadline)) if pushes else {}
        mapping = mapping_of(connector, kind.default_mapping)
        for push in pushes:
            held = {name: text for name, text in (there[push.link_id] or {}).items() if text}
            ours = {place: held[place] for place in mapping.values() if place in held}
            if isinstance(push.wanted, Hold):
                assert ours == fields(mapping, push.wanted.values), connector.kind
            else:
                kept = {mapping[EMAIL], *PLACEHOLDERS.get(connector.kind, ())}
                assert ours.keys() <= kept, connector.kind

    def links(self) -> Any:
        return Link.objects.filter(connector__in=self.connectors).select_related("connector")


PLACEHOLDERS = {"salesforce": {"LastName"}}
"""Fields that a vendor wants to be filled, whatever we know."""
