"""The schemas of a SCIM user here (RFC 7643, section 7), generated from the profile's schema.

Only what is kept is published, so that a client never loses data without being told.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from scim2_models import Attribute as ScimAttribute
from scim2_models import Mutability, Required, Returned, Schema, Uniqueness

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION
from accounts.models import Kind, Source
from accounts.values import LANGUAGES
from consent.models import Decision

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CONSENTS = (CUSTOMER_EXTENSION, "consents")
ANSWERS = (CUSTOMER_EXTENSION, "answers")
KIND = (CUSTOMER_EXTENSION, "kind")
KNOWN = (CUSTOMER_EXTENSION, "known")
MAILS = ("work", "home", "other")
PHONES = ("mobile", "work", "home", "other")
# Published as canonical values, to show the form (RFC 7643, section 7): others are taken as well.
EXAMPLE_TIME = "2026-01-31T12:00:00Z"
EXAMPLE_PHONE = "+1 201 555 0123"
EXAMPLE_HASH = sha256(b"").hexdigest()

Type = ScimAttribute.Type

# What others said and what we made of it is told to whoever asks for it by name: else the extension holds
# what the website wrote, and nothing more.
OURS: dict[str, Any] = {"mutability": Mutability.read_only, "returned": Returned.request}


def steps(path: str) -> tuple[str, ...]:
    """The keys that lead to an attribute in a resource's JSON (RFC 7644, section 3.10)."""
    schema, _colon, names = path.rpartition(":")
    return (schema, *names.split(".")) if schema else tuple(names.split("."))


def _attribute(name: str, description: str, type: Type = Type.string, **more: Any) -> ScimAttribute:
    return ScimAttribute(name=name, description=description, type=type, **{"multi_valued": False} | more)


def _profile(schema: str) -> Iterable[ScimAttribute]:
    """The attributes of the profile that live under a schema; those with a dotted path as sub-attributes."""
    parents: dict[str, list[ScimAttribute]] = {}
    for attribute in ATTRIBUTES.values():
        *above, name = steps(attribute.scim)
        if (CUSTOMER_EXTENSION in above) != (schema == CUSTOMER_EXTENSION):
            continue
        leaf = _attribute(
            name,
            str(attribute.label),
            multi_valued=attribute.many,
            canonical_values=list(attribute.suggestions) or None,
            **({} if Source.WEBSITE in attribute.said_by else OURS),
        )
        parent = next((step for step in above if step != schema), None)
        if parent is None:
            yield leaf
        else:
            parents.setdefault(parent, []).append(leaf)
    for parent, leaves in parents.items():
        yield _attribute(parent, parent.capitalize(), Type.complex, sub_attributes=leaves)


def _contacts(name: str, description: str, labels: Sequence[str], *examples: str) -> ScimAttribute:
    shown = list(examples) or None
    parts = [
        _attribute("value", "As it is dialled or written to", canonical_values=shown),
        _attribute("type", "What it is called", canonical_values=list(labels)),
        _attribute(
            "primary", "Whether it is said to be the main one; where none is, the first counts", Type.boolean
        ),
    ]
    return _attribute(name, description, Type.complex, multi_valued=True, sub_attributes=parts)


def _groups() -> ScimAttribute:
    read: dict[str, Any] = {"mutability": Mutability.read_only}
    parts = [
        _attribute("value", "The id of the group", **read),
        _attribute("$ref", "Its address", Type.reference, reference_types=["Group"], **read),
        _attribute("display", "Its name", **read),
    ]
    return _attribute(
        "groups", "The segments they are in", Type.complex, multi_valued=True, sub_attributes=parts, **read
    )


def user_schema(active: Required = Required.false) -> Schema:
    """`active`: every user has it, so that it is published as required; who comes without is active."""
    return Schema(
        id=USER,
        name="User",
        description="A customer, as the brand knows them",
        attributes=[
            _attribute(
                "userName",
                "How the brand calls them: an e-mail address or any other name",
                required=Required.true,
                uniqueness=Uniqueness.server,
            ),
            _contacts("emails", "E-mail addresses; without any, a userName that is one", MAILS),
            _contacts(
                "phoneNumbers", "Phone numbers; without + of the brand's country", PHONES, EXAMPLE_PHONE
            ),
            _attribute(
                "active", "False suspends what they have with the brand", Type.boolean, required=active
            ),
            _groups(),
            *_profile(USER),
        ],
    )


def customer_schema(purposes: Sequence[str] = ()) -> Schema:
    """`purposes`: keys of the brand that asks, to show what a consent may name."""
    return Schema(
        id=CUSTOMER_EXTENSION,
        name="Customer",
        description="What marketing sites know of a customer",
        attributes=[
            _attribute(
                "kind",
                "lite, or full once they have registered with the brand",
                canonical_values=[kind.value for kind in Kind],
                **OURS,
            ),
            *_profile(CUSTOMER_EXTENSION),
            _consents(purposes),
            _answers(),
            _known(),
        ],
    )


def _consents(purposes: Sequence[str]) -> ScimAttribute:
    parts = [
        _attribute(
            "purpose",
            "The key of the brand's purpose",
            required=Required.true,
            canonical_values=list(purposes) or None,
        ),
        _attribute(
            "decision",
            "What the person said; “given” counts with its whole proof alone: all that follows",
            required=Required.true,
            canonical_values=[Decision.GIVEN.value, Decision.WITHDRAWN.value],
        ),
        *_proof(),
    ]
    return _attribute(
        "consents",
        "What this website says that they answered; what stands then is in “answers”",
        Type.complex,
        multi_valued=True,
        sub_attributes=parts,
    )


def _answers() -> ScimAttribute:
    read: dict[str, Any] = {"mutability": Mutability.read_only}
    decisions = [decision.value for decision in Decision]
    parts = [
        _attribute("purpose", "The key of the brand's purpose", **read),
        _attribute("decision", "Only “given” releases anything", canonical_values=decisions, **read),
        *_proof(**read),
    ]
    return _attribute(
        "answers",
        "What stands, by purpose: it depends on proof, on time and on the person",
        Type.complex,
        multi_valued=True,
        sub_attributes=parts,
        **OURS,
    )


def _proof(**more: Any) -> list[ScimAttribute]:
    return [
        _attribute("version", "Of the wording that was shown", Type.integer, **more),
        _attribute(
            "textHash",
            "SHA-256 of the exact text that was shown, in hex",
            canonical_values=[EXAMPLE_HASH],
            **more,
        ),
        _attribute("locale", "Of the text that was shown", canonical_values=list(LANGUAGES), **more),
        _attribute("at", "When the person answered", Type.date_time, canonical_values=[EXAMPLE_TIME], **more),
        _attribute("surface", "The page on which the person answered", **more),
    ]


def _known() -> ScimAttribute:
    read: dict[str, Any] = {"mutability": Mutability.read_only}
    parts = [
        _attribute("attribute", "The path of the attribute", **read),
        _attribute("value", "The value that counts, lists joined by commas", **read),
        _attribute("source", "Who said it", canonical_values=[source.value for source in Source], **read),
        _attribute("at", "When they said it", Type.date_time, **read),
    ]
    return _attribute(
        "known",
        "What others said, as far as the person agreed that this website may know it",
        Type.complex,
        multi_valued=True,
        sub_attributes=parts,
        **OURS,
    )
