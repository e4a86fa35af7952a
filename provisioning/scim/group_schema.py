"""The schema of a SCIM group here (RFC 7643, section 4.2): a segment of a brand's customers."""

from typing import Any

from scim2_models import Attribute as ScimAttribute
from scim2_models import Mutability, Required, Returned, Schema

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MOST_SHOWN = 2_000
"""So many members are put into an answer; of a larger group they are left out."""

MEMBERS = (
    f"Users of the brand. A group of more than {MOST_SHOWN:,} is shown without them; "
    "/Users?filter=groups.value eq … pages through them. A group that is replaced without members keeps them"
)

Type = ScimAttribute.Type


def _attribute(name: str, description: str, type: Type = Type.string, **more: Any) -> ScimAttribute:
    return ScimAttribute(name=name, description=description, type=type, **{"multi_valued": False} | more)


def group_schema() -> Schema:
    fixed: dict[str, Any] = {"mutability": Mutability.immutable}
    member = [
        _attribute("value", "The id of the user", required=Required.true, case_exact=True, **fixed),
        _attribute("$ref", "Its address", Type.reference, reference_types=["User"], **fixed),
        _attribute("type", "User", canonical_values=["User"], **fixed),
        _attribute(
            "display", "How the brand calls them", mutability=Mutability.read_only, returned=Returned.request
        ),
    ]
    return Schema(
        id=GROUP,
        name="Group",
        description="A segment of the brand's customers",
        attributes=[
            _attribute("displayName", "Its name, which others may have as well", required=Required.true),
            _attribute("members", MEMBERS, Type.complex, multi_valued=True, sub_attributes=member),
        ],
    )
