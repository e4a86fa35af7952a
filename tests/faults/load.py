"""Websites that go on writing whatever happens, and the ledger of what they were told is done."""

import contextlib
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from tests.site import Site

CUSTOMER = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"
CONSENTS = f"{CUSTOMER}:consents"
THREADS = 4
PATIENCE = 10.0


@dataclass
class Person:
    """The truth about one person, as far as an answer has told it.

    `maybe` are names of which we don't know whether they were kept: no answer came, or one that said no more
    than that something failed.
    """

    email: str
    scim_id: str = ""
    name: str = ""
    maybe: set[str] = field(default_factory=set)
    withdrawn_at: float | None = None
    is_in_doubt: bool = False
    """Whether there is such a person at all, or whether the consent still stands."""

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


@dataclass(frozen=True)
class Answer:
    """Status 0: none came."""

    status: int
    seconds: float

    @property
    def failed(self) -> bool:
        return self.status == 0 or self.status >= 500


class Load:
    """Writes `rate` a second from entering to leaving, each thread about people of its own: so it knows in
    which order its words were taken. A third are new people, one in eight withdraws."""

    def __init__(self, site: Site, prefix: str, rate: float) -> None:
        self._site, self._prefix, self._rate = site, prefix, rate
        self._facts = site.facts["scim"]
        self._consent = site.newsletter()
        self._over = threading.Event()
        self.people: list[Person] = []
        self.answers: list[Answer] = []
        self._threads = [threading.Thread(target=self._write, args=[n], daemon=True) for n in range(THREADS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def one_more(self, within: float) -> bool:
        """Try until a new person is taken; False where none is before so many seconds are over."""
        deadline, number = time.monotonic() + within, 0
        with self._client() as client:
            while time.monotonic() < deadline:
                number += 1
                if not self._creates(client, f"{self._prefix}-last-{number}", "Last").is_in_doubt:
                    return True
                time.sleep(0.1)
        return False

    def _client(self) -> httpx.Client:
        headers = {
            "Authorization": f"Bearer {self._facts['token']}",
            "Content-Type": "application/scim+json",
        }
        return httpx.Client(base_url=self._facts["base_url"], headers=headers, timeout=PATIENCE)

    def _write(self, number: int) -> None:
        chance, mine, turn = random.Random(f"{self._prefix} {number}"), list[Person](), 0
        began, pause = time.monotonic(), THREADS / self._rate
        with self._client() as client:
            while not self._over.wait(max(0.0, began + turn * pause - time.monotonic())):
                turn += 1
                known = [one for one in mine if not (one.is_in_doubt or one.is_withdrawn)]
                dice = chance.random()
                if len(known) < 3 or dice < 0.33:
                    mine.append(self._creates(client, f"{self._prefix}-{number}-{turn}", f"V{turn}"))
                elif dice < 0.875:
                    self._renames(client, chance.choice(known), f"V{turn}")
                else:
                    self._withdraws(client, chance.choice(known))

    def _creates(self, client: httpx.Client, who: str, name: str) -> Person:
        person = Person(f"{who}@example.com", name=name)
        self.people.append(person)
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", CUSTOMER],
            "userName": person.email,
            "emails": [{"value": person.email, "primary": True}],
            "name": {"givenName": name},
            CUSTOMER: {"consents": [self._consent]},
        }
        answer, said = self._call(client, "POST", "/Users", body)
        person.scim_id = str(said.get("id", ""))
        person.is_in_doubt = answer.status != 201
        return person

    def _renames(self, client: httpx.Client, person: Person, name: str) -> None:
        operation = {"op": "replace", "path": "name.givenName", "value": name}
        answer = self._patch(client, person, operation)
        if answer.status in {200, 204}:
            person.name, person.maybe = name, set()
        else:
            person.maybe.add(name)

    def _withdraws(self, client: httpx.Client, person: Person) -> None:
        withdrawn = {**self._consent, "decision": "withdrawn", "at": _now()}
        answer = self._patch(client, person, {"op": "add", "path": CONSENTS, "value": [withdrawn]})
        if answer.status in {200, 204}:
            person.withdrawn_at = time.time()
        else:
            person.is_in_doubt = True

    def _patch(self, client: httpx.Client, person: Person, operation: Mapping[str, Any]) -> Answer:
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        return self._call(client, "PATCH", f"/Users/{person.scim_id}", body)[0]

    def _call(
        self, client: httpx.Client, method: str, path: str, body: Mapping[str, Any]
    ) -> tuple[Answer, Mapping[str, Any]]:
        began, status = time.monotonic(), 0
        said: Mapping[str, Any] = {}
        with contextlib.suppress(httpx.HTTPError, ValueError):
            response = client.request(method, path, json=body)
            status = response.status_code
            said = response.json() if response.content else {}
        answer = Answer(status, time.monotonic() - began)
        self.answers.append(answer)
        return answer, said


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
