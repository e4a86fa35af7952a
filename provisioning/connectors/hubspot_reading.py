"""What HubSpot holds and has found out, read in batches of 100.

https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/batch/get-contacts
"""

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence

from provisioning.connectors.base import Hold, Push
from provisioning.connectors.hubspot_contacts import OUR_ID, Contacts
from provisioning.connectors.hubspot_forms import COOKIE
from provisioning.connectors.wire import Fields
from provisioning.mapping import fields

STAGE = "lifecyclestage"
# HubSpot's own, in the order in which a contact goes through them.
STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
FOUND_OUT: Mapping[str, str] = {
    "ip_city": "city",
    "ip_country_code": "country",
    "hs_analytics_last_timestamp": "last_seen",
    STAGE: "lifecycle_stage",
}
_MILLISECONDS = re.compile("[0-9]{12,14}")


def held_there(
    contacts: Contacts, mapping: Mapping[str, str], pushes: Sequence[Push]
) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
    """As `CanBeCompared` has it. What HubSpot writes in another way, or does not tell, counts as sent."""
    asked = sorted(set(mapping.values()) - {COOKIE})
    for push, contact in _read(contacts, pushes, asked):
        if contact is None:
            yield push.link_id, None
        else:
            sent = fields(mapping, push.wanted.values) if isinstance(push.wanted, Hold) else {}
            texts = {name: contact.text(name) for name in asked}
            same = {name: text for name, text in sent.items() if _is_kept(name, text, texts.get(name, ""))}
            yield push.link_id, {name: text for name, text in {**texts, **same}.items() if text}


def _is_kept(name: str, sent: str, there: str) -> bool:
    if name == COOKIE:
        return True
    if name == STAGE and {sent, there} <= set(STAGES):
        return STAGES.index(there) >= STAGES.index(sent)  # it moves forward only
    return name == "email" and there == sent.lower()


def read_back(
    contacts: Contacts, pushes: Sequence[Push], existing: frozenset[str]
) -> Iterator[tuple[uuid.UUID, Mapping[str, object]]]:
    """As `ReadsBack` has it; portals of other ages lack some of the properties."""
    asked = [name for name in FOUND_OUT if name in existing]
    for push, contact in _read(contacts, pushes, asked) if asked else ():
        if contact is not None:
            told = {FOUND_OUT[name]: _moment(contact.text(name)) for name in asked if contact.text(name)}
            yield push.link_id, told


def _read(
    contacts: Contacts, pushes: Sequence[Push], asked: Sequence[str]
) -> Iterator[tuple[Push, Fields | None]]:
    """The properties of each contact, None for whom HubSpot lacks; the others are left out."""
    found, missing = contacts.find(OUR_ID, [str(push.member_id) for push in pushes], asked)
    for push in pushes:
        contact = found.get(str(push.member_id))
        if contact is not None:
            yield push, contact.inner("properties")
        elif str(push.member_id) in missing:
            yield push, None


def _moment(said: str) -> str:
    """HubSpot writes moments by ISO 8601, or as milliseconds since 1970."""
    if not _MILLISECONDS.fullmatch(said):
        return said
    return dt.datetime.fromtimestamp(int(said) / 1000, dt.UTC).isoformat()
