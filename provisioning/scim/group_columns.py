"""Where each attribute of a SCIM group stands, as one website sees it."""

from collections.abc import Mapping

from django.db.models import CharField, F, OuterRef, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Collate, Concat

from accounts.models import Segment, SegmentMember
from accounts.segments import folded
from provisioning.scim.columns import Complex, Rows, Several, Simple, Table
from provisioning.scim.comparisons import EVERYBODY, Choice, Moment
from provisioning.scim.group_schema import GROUP
from provisioning.scim.lens import visible
from provisioning.scim.service import address
from provisioning.scim.text_comparisons import Id, Text
from provisioning.websites import Caller

TEXT = CharField()


def groups(caller: Caller) -> Table:
    """The segments of the caller's brand, for filters and sorting."""
    external_id = Coalesce(KT(f"external_ids__{caller.website.pk}"), Value(""), output_field=TEXT)
    return Table(
        GROUP,
        Segment.objects.filter(brand=caller.brand),
        {
            "id": Simple(Id("pk")),
            "schemas": Simple(Choice({GROUP: EVERYBODY}, fold=str)),
            "meta": Complex(_meta()),
            "displayname": Simple(Text(F("folded"), folded)),
            "externalid": Simple(Text(Collate(external_id, "C"), str, is_optional=True)),
            "members": _members(caller),
        },
    )


def _meta() -> Mapping[str, Simple]:
    place = Concat(Value(address("Groups", "")), Cast("pk", TEXT), output_field=TEXT)
    return {
        "resourcetype": Simple(Choice({"Group": EVERYBODY}, fold=str)),
        "created": Simple(Moment("created_at")),
        "lastmodified": Simple(Moment("changed_at")),
        "location": Simple(Text(Collate(place, "C"), str)),
    }


def _members(caller: Caller) -> Several:
    place = Concat(Value(address("Users", "")), Cast("membership_id", TEXT), output_field=TEXT)
    there = SegmentMember.objects.filter(membership__in=visible(caller))
    return Several(
        Rows(there, {"segment": OuterRef("pk")}),
        {
            "value": Id("membership_id"),
            "$ref": Text(Collate(place, "C"), str),
            "type": Choice({"User": EVERYBODY}),
        },
    )
