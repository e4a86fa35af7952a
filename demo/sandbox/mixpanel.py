"""Mixpanel: profiles, events, identities, deletions. One handler for each operation of its OpenAPI file.

Two projects, one for each of Mixpanel's ways to join a visitor with a user. As at Mixpanel itself, profiles
for a token that nobody has are taken and lost.
"""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable
from itertools import islice
from typing import ClassVar

from demo.sandbox.mixpanel_deletions import Deletions
from demo.sandbox.mixpanel_errors import BadRow, MixpanelError, failure, judged
from demo.sandbox.mixpanel_project import Project
from demo.sandbox.shapes import Json, JsonObject, ShapeError, a_list, a_text, an_object, parse
from demo.sandbox.vendor import Answer, Call, Known, Violation

PAGE = 1000
BIGGEST = 2 * 1024 * 1024
SHOWN_EVENTS = 1000


class Mixpanel:
    slug: ClassVar[str] = "mixpanel"
    title: ClassVar[str] = "Mixpanel"
    spec: ClassVar[str] = "mixpanel.openapi.json"

    def __init__(self) -> None:
        self.projects = [
            Project("3001", "sandbox-simplified", "simplified"),
            Project("3002", "sandbox-original", "original"),
        ]
        self.deletions = Deletions()
        self.lost = 0
        self._handlers: dict[str, Callable[[Call], Answer]] = {
            "importEvents": self._import,
            "track": self._track,
            "engage": self._engage,
            "queryProfiles": self._query,
            "validateCredentials": self._validate,
            "createDeletion": self._delete,
            "getDeletion": lambda call: Answer(200, self.deletions.look(call.path_values["tracking_id"])),
            "cancelDeletion": self._cancel,
        }

    def behave(self, call: Call) -> Answer:
        try:
            if len(call.body) > BIGGEST:
                raise MixpanelError(413, f"request exceeds max limit of {BIGGEST} bytes")
            return self._handlers[call.operation](call)
        except MixpanelError as refusal:
            return refusal.answer()
        except ShapeError as exc:
            return MixpanelError(400, str(exc)).answer()

    def refuse(self, violation: Violation) -> Answer:
        status = {"path": 404, "method": 405, "credentials": 401}.get(violation.kind, 400)
        return MixpanelError(status, violation.message).answer()

    def fail(self, status: int) -> Answer:
        return failure(status)

    def headers(self, call: Call) -> dict[str, str]:
        """Rate limits are neither told nor enforced: a scripted 429 enforces them when a test wants it to."""
        return {}

    def rows(self, call: Call) -> list[dict[str, str]]:
        if call.operation not in {"importEvents", "engage"} or not isinstance(call.content, list):
            return []
        return [_seen_by_faults(an_object(row)) for row in call.content]

    def state(self) -> JsonObject:
        return {
            "profiles": [
                {"project": project.id, "distinct_id": key, "properties": one.properties}
                for project in self.projects
                for key, one in sorted(project.profiles.items())
            ],
            "events": [
                {"project": project.id, "event": key[0], "user": project.canonical(key[2]), **properties}
                for project in self.projects
                for key, properties in islice(project.events.items(), SHOWN_EVENTS)
            ],
            "merged": {key: owner for project in self.projects for key, owner in project.owners.items()},
            "deletions": [
                {"task_id": key, "distinct_ids": [*one.ids], "status": one.status}
                for key, one in self.deletions.tasks.items()
            ],
            "lost": self.lost,
        }

    def known(self) -> list[Known]:
        people = [
            Known(
                title=_title(key, one.properties),
                number=key,
                state="live",
                changed=one.changed,
                facts=[(name, _in_words(value)) for name, value in sorted(one.properties.items())],
                permissions=[(f"{_events_of(project, key)} events", ""), *_visits_of(project, key)],
            )
            for project in self.projects
            for key, one in project.profiles.items()
        ]
        return sorted(people, key=lambda one: one.changed, reverse=True)

    def remarks(self) -> list[str]:
        asked = [
            f"The deletion of {len(one.ids)} ids was asked for: {one.status}."
            for one in self.deletions.tasks.values()
        ]
        lost = [f"{self.lost} changes came for a project that is not here, and are lost."]
        return asked + (lost if self.lost else [])

    def _import(self, call: Call) -> Answer:
        project = self._authorised(call)
        refused: dict[int, tuple[BadRow, str]] = {}
        rows = [an_object(row) for row in a_list(call.content, "The body")]
        for place, row in enumerate(rows):
            properties = an_object(row["properties"])
            try:
                _refuse_scripted(call, row)
                project.take_event(str(row["event"]), properties)
            except BadRow as bad:
                refused[place] = (bad, str(properties["$insert_id"]))
        return judged(len(rows), refused)

    def _track(self, call: Call) -> Answer:
        data = parse(a_text(an_object(call.content)["data"], "data").encode())
        taken = 0
        for row in data if isinstance(data, list) else [data]:
            properties = an_object(an_object(row).get("properties"), "properties")
            project = next((one for one in self.projects if one.token == properties.get("token")), None)
            # A 200 does not mean that the token was right.
            self.lost += project is None
            taken += 1
            if project is not None and an_object(row).get("event") == "$identify":
                project.identify(str(properties["$identified_id"]), str(properties["$anon_id"]))
        return Answer(200, {"status": 1 if taken else 0, "error": None if taken else "nothing is valid"})

    def _engage(self, call: Call) -> Answer:
        refused: dict[int, tuple[BadRow, str]] = {}
        rows = [an_object(row) for row in a_list(call.content, "The body")]
        for place, row in enumerate(rows):
            project = next((one for one in self.projects if one.token == row["$token"]), None)
            try:
                _refuse_scripted(call, row)
                if project is None:
                    self.lost += 1
                else:
                    project.change_profile(row)
            except BadRow as bad:
                refused[place] = (bad, "")
        return judged(len(rows), refused)

    def _query(self, call: Call) -> Answer:
        project = self._authorised(call)
        form = an_object(call.content)
        ids = a_list(parse(str(form.get("distinct_ids", "[]")).encode()), "distinct_ids")
        names = a_list(parse(str(form.get("output_properties", "[]")).encode()), "output_properties")
        wanted = {project.canonical(str(one)) for one in ids}
        found = [(key, one) for key, one in sorted(project.profiles.items()) if key in wanted]
        page = int(str(form.get("page", 0)))
        results: list[Json] = [
            {"$distinct_id": key, "$properties": _only(one.properties, names)}
            for key, one in found[page * PAGE : (page + 1) * PAGE]
        ]
        return Answer(
            200,
            {
                "page": page,
                "page_size": PAGE,
                "results": results,
                "session_id": "1234567890-SANDBX",
                "status": "ok",
                "total": len(found),
            },
        )

    def _validate(self, call: Call) -> Answer:
        token = an_object(call.content)["project_token"]
        if all(project.token != token for project in self.projects):
            raise MixpanelError(400, "Invalid project token")
        return Answer(200, {"status": "ok"})

    def _delete(self, call: Call) -> Answer:
        project = next((one for one in self.projects if one.token == call.asked("token")), None)
        if project is None:
            raise MixpanelError(403, "This user has no permission for the project.")
        ids = [str(one) for one in a_list(an_object(call.content)["distinct_ids"], "distinct_ids")]
        return Answer(201, {"status": "ok", "results": {"task_id": self.deletions.ask(project, ids)}})

    def _cancel(self, call: Call) -> Answer:
        self.deletions.cancel(call.path_values["tracking_id"])
        return Answer(204)

    def _authorised(self, call: Call) -> Project:
        """Whose service account it is doesn't matter here; that it is one does."""
        _scheme, _space, encoded = call.headers.get("Authorization", "").partition(" ")
        try:
            username, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (NoBase64, UnicodeDecodeError):
            raise MixpanelError(401, "Invalid credentials") from None
        project = next((one for one in self.projects if one.id == call.asked("project_id")), None)
        if project is None or not (username and colon and secret):
            raise MixpanelError(401, "Invalid credentials")
        return project


def _seen_by_faults(row: JsonObject) -> dict[str, str]:
    inner = row.get("properties")
    told = {**row, **(inner if isinstance(inner, dict) else {})}
    return {name: one for name, one in told.items() if isinstance(one, str)}


def _refuse_scripted(call: Call, row: JsonObject) -> None:
    scripted = call.refuse_row(_seen_by_faults(row))
    if scripted is not None:
        message = a_text(scripted.get("message", "This row was refused on purpose."), "message")
        raise BadRow(a_text(scripted.get("field", ""), "field"), message)


def _only(properties: JsonObject, names: list[Json]) -> JsonObject:
    return {name: one for name, one in properties.items() if not names or name in names}


def _title(key: str, properties: JsonObject) -> str:
    return str(properties.get("$email") or properties.get("$first_name") or f"User {key[-12:]}")


def _in_words(value: Json) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _events_of(project: Project, key: str) -> int:
    return sum(project.canonical(event[2]) == key for event in project.events)


def _visits_of(project: Project, key: str) -> list[tuple[str, str]]:
    return [(f"visit {visit}", "joined") for visit, owner in project.owners.items() if owner == key]
