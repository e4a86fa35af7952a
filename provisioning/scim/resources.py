"""A lens as a SCIM user (RFC 7643, section 4.1) and its version (RFC 7644, section 3.14)."""

import hashlib
import json
from typing import Any

from scim2_models import Resource

from accounts.attributes import ATTRIBUTES
from accounts.models import MembershipStatus
from provisioning.scim.lens import Consent, Lens
from provisioning.scim.schemas import CONSENTS, KIND, steps
from provisioning.scim.service import address, user_from

Tree = dict[str, Any]


def represent(lens: Lens) -> Resource[Any]:
    tree = _tree(lens)
    tree["meta"] = {
        "resourceType": "User",
        "created": lens.membership.since,
        "lastModified": lens.changed_at,
        "location": address("Users", tree["id"]),
        "version": _version(tree),
    }
    return user_from(tree)


def _tree(lens: Lens) -> Tree:
    member = str(lens.membership.pk)
    tree: Tree = {
        "id": member,
        "userName": lens.email or member,
        "active": lens.membership.status == MembershipStatus.ACTIVE,
    }
    if lens.external_id:
        tree["externalId"] = lens.external_id
    if lens.email:
        tree["emails"] = [{"value": lens.email, "primary": True}]
    for name, known in lens.values.items():
        plant(tree, steps(ATTRIBUTES[name].scim), known.value)
    plant(tree, KIND, lens.kind.value)
    if lens.consents:
        in_order = sorted(lens.consents, key=lambda consent: consent.purpose)
        plant(tree, CONSENTS, [_consent(consent) for consent in in_order])
    return tree


def plant(tree: Tree, keys: tuple[str, ...], value: object) -> None:
    *above, last = keys
    for key in above:
        tree = tree.setdefault(key, {})
    tree[last] = value


def _consent(consent: Consent) -> Tree:
    record = consent.record
    said = {
        "purpose": consent.purpose,
        "decision": record.decision,
        "version": record.version.number,
        "textHash": record.text_hash,
        "locale": record.locale,
        "at": record.said_at.isoformat(),
        "surface": record.surface,
    }
    return {name: value for name, value in said.items() if value != ""}


def _version(tree: Tree) -> str:
    """Weak (RFC 7232, section 2.1): two requests may order the same JSON differently."""
    digest = hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def version_of(user: Resource[Any]) -> str:
    assert user.meta is not None
    assert user.meta.version is not None
    return user.meta.version


def names_version(header: str, version: str) -> bool:
    """Whether an If-Match or If-None-Match header names this version (RFC 7232, sections 3.1 and 3.2)."""
    named = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in named or version.removeprefix("W/") in named
