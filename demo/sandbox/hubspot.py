"""HubSpot: contacts, properties, e-mail subscriptions. One handler for each operation of its OpenAPI file."""

import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar
from uuid import uuid4

from demo.sandbox import hubspot_batches as batches
from demo.sandbox import hubspot_search as searching
from demo.sandbox.hubspot_built_in import BUILT_IN
from demo.sandbox.hubspot_consent import Subscriptions
from demo.sandbox.hubspot_contacts import Contact, Contacts
from demo.sandbox.hubspot_errors import HubSpotError, failure, invalid, not_found
from demo.sandbox.hubspot_properties import CONTACTS, PropertyBook
from demo.sandbox.shapes import JsonObject, ShapeError, a_text, an_object, as_json, texts
from demo.sandbox.vendor import Answer, Call, Known, Violation

LIMIT_PER_10_SECONDS = 190
LIMIT_PER_DAY = 625_000
TOKEN_SECONDS = 1800


class HubSpot:
    slug: ClassVar[str] = "hubspot"
    title: ClassVar[str] = "HubSpot"
    spec: ClassVar[str] = "hubspot.openapi.json"

    def __init__(self, *, strict: bool = True) -> None:
        self.properties = PropertyBook(BUILT_IN)
        self.contacts = Contacts(self.properties, strict=strict)
        self.subscriptions = Subscriptions()
        self._asked_at: deque[float] = deque()
        self._asked_in_all = 0
        self._handlers: dict[str, Callable[[Call], Answer]] = {
            "listContacts": lambda call: searching.listed(self.contacts, call),
            "createContact": self._create,
            "getContact": self._get,
            "updateContact": self._update,
            "archiveContact": self._archive,
            "batchUpsert": self._batch_upsert,
            "batchRead": lambda call: batches.read(self.contacts, call),
            "batchArchive": lambda call: batches.archive(self.contacts, call),
            "gdprDelete": self._erase,
            "mergeContacts": self._merge,
            "searchContacts": lambda call: searching.search(self.contacts, call),
            "listProperties": self._list_properties,
            "createProperty": self._create_property,
            "subDefinitions": lambda _call: self.subscriptions.definitions(),
            "getStatuses": self.subscriptions.statuses,
            "setStatus": self.subscriptions.set,
            "getWideStatus": self.subscriptions.wide_status,
            "unsubscribeAll": self.subscriptions.unsubscribe_all,
            "submitForm": self._submit_form,
            "token": _token,
        }

    def behave(self, call: Call) -> Answer:
        try:
            return self._handlers[call.operation](call)
        except HubSpotError as refusal:
            return refusal.answer()
        except ShapeError as exc:
            return invalid(str(exc)).answer()

    def refuse(self, violation: Violation) -> Answer:
        if violation.kind == "path":
            return HubSpotError(404, "OBJECT_NOT_FOUND", violation.message).answer()
        if violation.kind == "method":
            return HubSpotError(405, "METHOD_NOT_ALLOWED", violation.message).answer()
        if violation.kind == "credentials":
            message = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
            return HubSpotError(401, "INVALID_AUTHENTICATION", message).answer()
        return invalid(f"Invalid input: {violation.message}").answer()

    def fail(self, status: int) -> Answer:
        return failure(status)

    def headers(self, call: Call) -> dict[str, str]:
        """Rate limits are told, not enforced: a scripted 429 enforces them when a test wants it to."""
        now = time.monotonic()
        self._asked_at.append(now)
        self._asked_in_all += 1
        while self._asked_at[0] < now - 10:
            self._asked_at.popleft()
        if call.operation == "searchContacts":
            return {}
        return {
            "X-HubSpot-RateLimit-Max": str(LIMIT_PER_10_SECONDS),
            "X-HubSpot-RateLimit-Remaining": str(max(0, LIMIT_PER_10_SECONDS - len(self._asked_at))),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Daily": str(LIMIT_PER_DAY),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, LIMIT_PER_DAY - self._asked_in_all)),
        }

    def rows(self, call: Call) -> list[dict[str, str]]:
        if call.operation not in ("batchUpsert", "batchRead"):
            return []
        return [row.as_seen_by_faults() for row in batches.rows_of(call)]

    def state(self) -> JsonObject:
        return {
            "contacts": [one.as_state() for one in sorted(self._everyone(), key=lambda one: int(one.id))],
            "statuses": self.subscriptions.as_state(),
            "unsubscribed_from_all": [*sorted(self.subscriptions.opted_out)],
            "properties": [one.as_json() for one in self.properties],
            "visits": as_json(self.contacts.visits),
            "gdpr_deleted": [*self.contacts.erased],
            "blocklist": [*self.contacts.blocklist],
        }

    def known(self) -> list[Known]:
        return [
            self._known(one) for one in sorted(self._everyone(), key=lambda one: one.changed, reverse=True)
        ]

    def remarks(self) -> list[str]:
        erased = [f"Contact {number} was erased for good." for number in self.contacts.erased]
        blocked = [
            f"{email} is on the blocklist: HubSpot will not take it again."
            for email in self.contacts.blocklist
        ]
        told = {email for one in self._everyone() for email in one.emails()}
        strangers = [
            f"{email} has no contact, but a subscription status: "
            + ", ".join(f"{name} {status}" for name, status in self.subscriptions.in_words(email))
            for email in sorted(set(self.subscriptions.choices) - told)
        ]
        return erased + blocked + strangers

    def _everyone(self) -> list[Contact]:
        return [*self.contacts.live.values(), *self.contacts.archived.values()]

    def _known(self, contact: Contact) -> Known:
        email = contact.properties.get("email", "")
        others = [("More e-mail addresses", ", ".join(contact.more_emails))] if contact.more_emails else []
        return Known(
            title=email or f"Contact {contact.id}",
            number=contact.id,
            state="archived" if contact.archived_at else "live",
            changed=contact.archived_at or contact.changed,
            facts=[*sorted(contact.properties.items()), *others],
            permissions=self.subscriptions.in_words(email),
        )

    def _found(self, call: Call) -> Contact:
        wanted = call.path_values["contactId"]
        if call.asked("archived") == "true":
            found = self.contacts.archived.get(wanted)
        else:
            found = self.contacts.find(call.asked("idProperty"), wanted)
        if found is None:
            raise not_found(f"Contact {wanted}")
        return found

    def _get(self, call: Call) -> Answer:
        names = [name for many in call.query.get("properties", []) for name in many.split(",") if name]
        return Answer(200, self._found(call).as_json(names))

    def _create(self, call: Call) -> Answer:
        values = texts(an_object(call.content)["properties"], "properties")
        return Answer(201, self.contacts.create(values).as_json(list(values)))

    def _update(self, call: Call) -> Answer:
        values = texts(an_object(call.content)["properties"], "properties")
        return Answer(200, self.contacts.change(self._found(call), values).as_json(list(values)))

    def _archive(self, call: Call) -> Answer:
        wanted = call.path_values["contactId"]
        if not self.contacts.archive(wanted):
            raise not_found(f"Contact {wanted}")
        return Answer(204)

    def _batch_upsert(self, call: Call) -> Answer:
        self.contacts, answer = batches.upsert(self.contacts, call)
        return answer

    def _erase(self, call: Call) -> Answer:
        body = an_object(call.content)
        id_property = a_text(body.get("idProperty", ""), "idProperty")
        gone = self.contacts.erase(id_property, a_text(body["objectId"], "objectId"))
        for email in gone.emails() if gone else []:
            self.subscriptions.forget(email)
        return Answer(204)

    def _merge(self, call: Call) -> Answer:
        body = an_object(call.content)
        ids = [a_text(body[name], name) for name in ("primaryObjectId", "objectIdToMerge")]
        return Answer(200, self.contacts.merge(*ids).as_json(["hs_additional_emails"]))

    def _submit_form(self, call: Call) -> Answer:
        self.contacts.submit(an_object(call.content))
        return Answer(200, {"inlineMessage": "Thanks for submitting the form."})

    def _list_properties(self, call: Call) -> Answer:
        _refuse_other_objects(call)
        return Answer(200, {"results": [one.as_json() for one in self.properties]})

    def _create_property(self, call: Call) -> Answer:
        _refuse_other_objects(call)
        return Answer(201, self.properties.create(an_object(call.content)).as_json())


def _refuse_other_objects(call: Call) -> None:
    if call.path_values["objectType"] not in CONTACTS:
        raise not_found(f"Object type {call.path_values['objectType']}")


def _token(call: Call) -> Answer:
    form = an_object(call.content)
    needed = {"refresh_token": "refresh_token", "authorization_code": "code"}.get(str(form["grant_type"]))
    if needed and not form.get(needed):
        raise HubSpotError(400, f"BAD_{needed.upper()}", f"missing or invalid {needed}")
    body: JsonObject = {
        "access_token": f"sandbox-access-{uuid4()}",
        "refresh_token": form.get("refresh_token") or f"sandbox-refresh-{uuid4()}",
        "expires_in": TOKEN_SECONDS,
        "token_type": "bearer",
        "hub_id": 1,
    }
    return Answer(200, body)
