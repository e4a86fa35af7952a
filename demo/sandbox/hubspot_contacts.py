"""HubSpot's contacts and the rules that no schema can say: unique values, merging, archive and erasure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from demo.sandbox.hubspot_built_in import LIFECYCLE
from demo.sandbox.hubspot_errors import conflict, invalid, not_found
from demo.sandbox.hubspot_properties import PropertyBook
from demo.sandbox.shapes import JsonObject, a_list, a_text, an_object, as_json, stamp

FIRST_ID = 101
# What HubSpot has found out of whoever comes with a cookie: all of them live in Berlin.
FOUND_OUT = {"ip_city": "Berlin", "ip_country": "germany", "ip_country_code": "de"}
USUAL_NAMES = ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")


@dataclass(frozen=True)
class Contact:
    id: str
    properties: Mapping[str, str]
    created: str
    changed: str
    archived_at: str = ""
    more_emails: tuple[str, ...] = ()

    def value(self, name: str) -> str:
        computed = {
            "hs_object_id": self.id,
            "createdate": self.created,
            "lastmodifieddate": self.changed,
            "hs_additional_emails": ";".join(self.more_emails),
        }
        return computed.get(name) or self.properties.get(name, "")

    def emails(self) -> list[str]:
        return [email for email in (self.properties.get("email", ""), *self.more_emails) if email]

    def as_json(self, names: list[str]) -> JsonObject:
        """What an API answer shows: the usual properties and the ones asked for, null where empty."""
        shown = sorted({*USUAL_NAMES, *names})
        body: JsonObject = {
            "id": self.id,
            "properties": {name: self.value(name) or None for name in shown},
            "createdAt": self.created,
            "updatedAt": self.changed,
            "archived": bool(self.archived_at),
        }
        return body | ({"archivedAt": self.archived_at} if self.archived_at else {})

    def as_state(self) -> JsonObject:
        return {
            "id": self.id,
            "properties": as_json(self.properties),
            "archived": bool(self.archived_at),
            "createdAt": self.created,
            "updatedAt": self.changed,
        }


@dataclass
class Contacts:
    """`strict`: an upsert by e-mail must name every value it would otherwise leave alone."""

    properties: PropertyBook
    strict: bool = True
    live: dict[str, Contact] = field(default_factory=dict)
    archived: dict[str, Contact] = field(default_factory=dict)
    merged_into: dict[str, str] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    blocklist: list[str] = field(default_factory=list)
    visits: dict[str, str] = field(default_factory=dict)
    """The id of the contact that a visitor's cookie belongs to."""
    _owners: dict[tuple[str, str], str] = field(default_factory=dict)
    _next: int = FIRST_ID

    def find(self, id_property: str | None, value: str) -> Contact | None:
        if id_property in (None, "", "hs_object_id"):
            return self.live.get(self.merged_into.get(value, value))
        wanted = value.strip().lower() if id_property == "email" else value
        owner = self._owners.get((str(id_property), wanted))
        return self.live[owner] if owner else None

    def create(self, values: Mapping[str, str]) -> Contact:
        kept = {name: value for name, value in self.properties.check(values).items() if value}
        self._refuse_blocked(kept)
        self._refuse_taken(kept, "")
        now = stamp()
        contact = Contact(str(self._next), kept, created=now, changed=now)
        self._next += 1
        self._put(contact)
        return contact

    def change(self, contact: Contact, values: Mapping[str, str]) -> Contact:
        wanted = self.properties.check(values)
        self._refuse_blocked(wanted)
        self._refuse_taken(wanted, contact.id)
        if _steps_back(contact, wanted):
            del wanted["lifecyclestage"]
        kept = {name: value for name, value in {**contact.properties, **wanted}.items() if value}
        changed = replace(contact, properties=kept, changed=stamp())
        self._put(changed)
        return changed

    def upsert(self, id_property: str, value: str, values: Mapping[str, str]) -> tuple[Contact, bool]:
        """The contact as it is now, and whether it is new."""
        if id_property not in self.properties.unique_names():
            raise invalid(f"idProperty must be email or a property with unique values, not '{id_property}'.")
        if not value:
            raise invalid("id must not be empty.")
        found = self.find(id_property, value)
        if found is None:
            return self.create({id_property: value, **values}), True
        if id_property == "email" and self.strict:
            _refuse_partial(found, values)
        return self.change(found, values), False

    def submit(self, form: JsonObject) -> None:
        """A form was filled in, perhaps by a visitor whose cookie is known: that is who the contact is."""
        entries = [an_object(one, "fields") for one in a_list(form["fields"], "fields")]
        values = {a_text(one["name"], "name"): a_text(one["value"], "value") for one in entries}
        known = self.find("email", values.get("email", ""))
        contact = self.change(known, values) if known else self.create(values)
        cookie = a_text(an_object(form.get("context", {}), "context").get("hutk", ""), "hutk")
        if cookie:
            seen = {**FOUND_OUT, "hs_analytics_last_timestamp": stamp()}
            self.visits[cookie] = contact.id
            self._put(replace(contact, properties={**contact.properties, **seen}))

    def archive(self, contact_id: str) -> bool:
        contact = self.live.get(contact_id)
        if contact is None:
            return contact_id in self.archived
        self._drop(contact)
        self.archived[contact.id] = replace(contact, archived_at=stamp())
        return True

    def erase(self, id_property: str | None, value: str) -> Contact | None:
        """Forget a contact for good. An e-mail that nobody has goes to the blocklist instead."""
        contact = self.find(id_property, value) or self._find_archived(id_property, value)
        if contact is not None:
            self._drop(contact)
            self.archived.pop(contact.id, None)
            self.visits = {cookie: key for cookie, key in self.visits.items() if key != contact.id}
            self.erased.append(contact.id)
            return contact
        if id_property == "email":
            self.blocklist.append(value.strip().lower())
        elif value not in self.erased:
            raise not_found(f"Contact {value}")
        return None

    def merge(self, primary_id: str, other_id: str) -> Contact:
        primary, other = self.find(None, primary_id), self.find(None, other_id)
        if primary is None or other is None:
            raise not_found(f"Contact {other_id if primary else primary_id}")
        if primary.id == other.id:
            raise invalid("A contact can't be merged with itself.")
        self._drop(other)
        gone = {old: primary.id for old, new in self.merged_into.items() if new == other.id}
        self.merged_into |= gone | {other.id: primary.id}
        emails = dict.fromkeys([*primary.emails(), *other.emails()])
        kept = {**other.properties, **primary.properties}
        more = tuple(email for email in emails if email != kept.get("email"))
        merged = replace(primary, properties=kept, more_emails=more, changed=stamp())
        self._put(merged)
        return merged

    def copy(self) -> "Contacts":
        """Contacts never change in place, so that a batch can be tried on a copy and thrown away."""
        return replace(
            self,
            live=dict(self.live),
            archived=dict(self.archived),
            merged_into=dict(self.merged_into),
            erased=list(self.erased),
            blocklist=list(self.blocklist),
            visits=dict(self.visits),
            _owners=dict(self._owners),
        )

    def _find_archived(self, id_property: str | None, value: str) -> Contact | None:
        if not id_property:
            return self.archived.get(value)
        wanted = value.strip().lower() if id_property == "email" else value
        return next(
            (one for one in self.archived.values() if one.properties.get(id_property) == wanted), None
        )

    def _put(self, contact: Contact) -> None:
        before = self.live.get(contact.id)
        if before is not None:
            self._drop(before)
        self.live[contact.id] = contact
        for key in self._keys(contact):
            self._owners[key] = contact.id

    def _drop(self, contact: Contact) -> None:
        self.live.pop(contact.id, None)
        for key in self._keys(contact):
            if self._owners.get(key) == contact.id:
                del self._owners[key]

    def _keys(self, contact: Contact) -> list[tuple[str, str]]:
        own = [(name, contact.properties.get(name, "")) for name in self.properties.unique_names()]
        return [(name, value) for name, value in own if value] + [
            ("email", one) for one in contact.more_emails
        ]

    def _refuse_taken(self, values: Mapping[str, str], own_id: str) -> None:
        for name in self.properties.unique_names():
            owner = self._owners.get((name, values.get(name, "")))
            if owner not in (None, own_id):
                raise conflict(str(owner), name)

    def _refuse_blocked(self, values: Mapping[str, str]) -> None:
        if values.get("email") in self.blocklist:
            raise invalid(
                f"{values['email']} is on the blocklist after a privacy deletion and can't be used."
            )


def _refuse_partial(contact: Contact, values: Mapping[str, str]) -> None:
    missing = sorted(set(contact.properties) - set(values) - {"email"})
    if missing:
        named = ", ".join(missing)
        raise invalid(f"Partial upserts are not supported with idProperty email. Not sent, but set: {named}")


def _steps_back(contact: Contact, values: Mapping[str, str]) -> bool:
    """HubSpot moves a lifecycle stage only forward, and says nothing; clearing it first is the way back."""
    before, after = contact.properties.get("lifecyclestage"), values.get("lifecyclestage")
    return bool(before and after) and LIFECYCLE.index(str(after)) < LIFECYCLE.index(str(before))
