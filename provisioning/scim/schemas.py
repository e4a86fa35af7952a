"""The schemas of a SCIM user here (RFC 7643, section 7), generated from the profile's schema.

Only what is kept is published, so that a client never loses data without being told.
"""

from collections.abc import Iterable
from typing import Any

from scim2_models import Attribute as ScimAttribute
from scim2_models import Mutability, Required, Schema, Uniqueness

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION, Attribute
from accounts.models import Kind
from accounts.values import BadValue
from consent.models import Decision

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CONSENTS = (CUSTOMER_EXTENSION, "consents")
KIND = (CUSTOMER_EXTENSION, "kind")

Type = ScimAttribute.Type


def steps(path: str) -> tuple[str, ...]:
    """The keys that lead to an attribute in a resource's JSON (RFC 7644, section 3.10)."""
    schema, _colon, names = path.rpartition(":")
    return (schema, *names.split(".")) if schema else tuple(names.split("."))


def _attribute(name: str, description: str, type: Type = Type.string, **more: Any) -> ScimAttribute:
    return ScimAttribute(name=name, description=description, type=type, **{"multi_valued": False} | more)


def _holds_several(attribute: Attribute) -> bool:
    # The cleaner is what decides: it takes a list, or refuses one.
    try:
        return isinstance(attribute.clean(["x"]), list)
    except BadValue:
        return False


def _profile(schema: str) -> Iterable[ScimAttribute]:
    """The attributes of the profile that live under a schema; those with a dotted path as sub-attributes."""
    parents: dict[str, list[ScimAttribute]] = {}
    for attribute in ATTRIBUTES.values():
        *above, name = steps(attribute.scim)
        if (CUSTOMER_EXTENSION in above) != (schema == CUSTOMER_EXTENSION):
            continue
        leaf = _attribute(name, str(attribute.label), multi_valued=_holds_several(attribute))
        parent = next((step for step in above if step != schema), None)
        if parent is None:
            yield leaf
        else:
            parents.setdefault(parent, []).append(leaf)
    for parent, leaves in parents.items():
        yield _attribute(parent, parent.capitalize(), Type.complex, sub_attributes=leaves)


def user_schema() -> Schema:
    email = [
        _attribute("value", "The address, in its normal form", required=Required.true),
        _attribute("primary", "Whether it is the main one", Type.boolean, mutability=Mutability.read_only),
    ]
    return Schema(
        id=USER,
        name="User",
        description="A customer, as the brand knows them",
        attributes=[
            _attribute(
                "userName",
                "The primary e-mail address",
                required=Required.true,
                uniqueness=Uniqueness.server,
                mutability=Mutability.immutable,
            ),
            _attribute(
                "emails",
                "The e-mail address",
                Type.complex,
                multi_valued=True,
                mutability=Mutability.immutable,
                sub_attributes=email,
            ),
            _attribute("active", "False suspends what they have with the brand", Type.boolean),
            *_profile(USER),
        ],
    )


def customer_schema() -> Schema:
    consent = [
        _attribute("purpose", "The key of the brand's purpose", required=Required.true),
        _attribute(
            "decision",
            "The answer; “pending” and “unproven” are only ever read",
            required=Required.true,
            canonical_values=[Decision.GIVEN.value, Decision.WITHDRAWN.value],
        ),
        _attribute("version", "Of the wording that was shown", Type.integer),
        _attribute("textHash", "SHA-256 of the exact text that was shown, in hex"),
        _attribute("locale", "Of the text that was shown"),
        _attribute("at", "When the person answered", Type.date_time),
        _attribute("surface", "The page on which the person answered"),
    ]
    return Schema(
        id=CUSTOMER_EXTENSION,
        name="Customer",
        description="What marketing sites know of a customer",
        attributes=[
            _attribute(
                "kind",
                "lite, or full once they have registered with the brand",
                mutability=Mutability.read_only,
                canonical_values=[kind.value for kind in Kind],
            ),
            *_profile(CUSTOMER_EXTENSION),
            _attribute(
                "consents",
                "What they agreed to; to withdraw one, add that it is withdrawn",
                Type.complex,
                multi_valued=True,
                sub_attributes=consent,
            ),
        ],
    )
