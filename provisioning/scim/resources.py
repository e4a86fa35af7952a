"""A lens as a SCIM user (RFC 7643, section 4.1) and its version (RFC 7644, section 3.14)."""

import datetime as dt
import hashlib
import json
from typing import Any

from scim2_models import Resource

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION
from accounts.identifiers import Contact
from accounts.models import IdentifierKind, MembershipStatus
from accounts.profiles import Known
from accounts.values import as_text
from provisioning.scim.lens import Answer, Group, Lens
from provisioning.scim.schemas import ANSWERS, CONSENTS, KIND, KNOWN, OURS, USER, customer_schema, steps
from provisioning.scim.service import address, user_from

Tree = dict[str, Any]

SCHEMAS = [USER, CUSTOMER_EXTENSION]
OF_OURS = {a.name for a in customer_schema().attributes or () if a.returned == OURS["returned"]}


def tree_of(lens: Lens) -> Tree:
    """All there is to tell, as it is sent."""
    tree = _tree(lens)
    tree["meta"] = {
        "resourceType": "User",
        "created": moment(lens.membership.since),
        "lastModified": moment(lens.changed_at),
        "location": address("Users", tree["id"]),
        "version": weak_version(tree),
    }
    return tree


def represent(lens: Lens) -> Resource[Any]:
    return user_from(tree_of(lens))


def unasked(tree: Tree) -> Tree:
    """Without what is told only to whoever names it."""
    extension = tree.get(CUSTOMER_EXTENSION, {})
    kept = {name: value for name, value in extension.items() if name not in OF_OURS}
    rest = {name: value for name, value in tree.items() if name != CUSTOMER_EXTENSION}
    if not kept:
        return {"schemas": SCHEMAS[:1], **rest}
    return {"schemas": SCHEMAS, **rest, CUSTOMER_EXTENSION: kept}


def _tree(lens: Lens) -> Tree:
    member = str(lens.membership.pk)
    names, ids = lens.of_kind(IdentifierKind.USERNAME), lens.of_kind(IdentifierKind.EXTERNAL_ID)
    tree: Tree = {
        "id": member,
        "userName": names[0].value if names else member,
        "active": lens.membership.status == MembershipStatus.ACTIVE,
    }
    if ids:
        tree["externalId"] = ids[0].value
    for name, kind in (("emails", IdentifierKind.EMAIL), ("phoneNumbers", IdentifierKind.PHONE)):
        if contacts := lens.of_kind(kind):
            tree[name] = [_contact(contact) for contact in contacts]
    if lens.groups:
        tree["groups"] = [_group(group) for group in lens.groups]
    for name, known in lens.values.items():
        plant(tree, steps(ATTRIBUTES[name].scim), known.value)
    plant(tree, KIND, lens.kind.value)
    if lens.reported:
        plant(tree, CONSENTS, [dict(entry) for entry in lens.reported])
    if lens.answers:
        in_order = sorted(lens.answers, key=lambda answer: answer.purpose)
        plant(tree, ANSWERS, [_answer(answer) for answer in in_order])
    if lens.known:
        plant(tree, KNOWN, [_known(name, lens.known[name]) for name in sorted(lens.known)])
    return tree


def plant(tree: Tree, keys: tuple[str, ...], value: object) -> None:
    *above, last = keys
    for key in above:
        tree = tree.setdefault(key, {})
    tree[last] = value


def _contact(contact: Contact) -> Tree:
    label = {"type": contact.label} if contact.label else {}
    return {"value": contact.value, **label, "primary": contact.is_primary and not contact.by_default}


def _group(group: Group) -> Tree:
    return {"value": group.id, "$ref": address("Groups", group.id), "display": group.name}


def _known(name: str, known: Known) -> Tree:
    return {
        "attribute": ATTRIBUTES[name].scim,
        "value": as_text(known.value),
        "source": known.source.value,
        "at": moment(known.said_at),
    }


def _answer(answer: Answer) -> Tree:
    said = {
        "purpose": answer.purpose,
        "decision": answer.decision.value,
        "version": answer.version,
        "textHash": answer.text_hash,
        "locale": answer.locale,
        "at": moment(answer.said_at),
        "surface": answer.surface,
    }
    return {name: value for name, value in said.items() if value != ""}


def moment(at: dt.datetime) -> str:
    """As RFC 7643, section 2.3.5, has it, in UTC."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def weak_version(tree: Tree) -> str:
    """Weak (RFC 7232, section 2.1): two requests may order the same JSON differently."""
    digest = hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def version_of(tree: Tree) -> str:
    return str(tree["meta"]["version"])


def names_version(header: str, version: str) -> bool:
    """Whether an If-Match or If-None-Match header names this version (RFC 7232, sections 3.1 and 3.2)."""
    named = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in named or version.removeprefix("W/") in named
