"""Where each attribute of a SCIM user stands, as one website sees it.

The profile's attributes come from `accounts.attributes`: a new one needs no word here. What isn't named here
(`known`, `meta.version`) can't be compared, and nor can anything that others than this website said.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping

from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Collate, Concat
from django.utils import timezone

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION
from accounts.identifiers import BadIdentifier, normal_email, normal_username
from accounts.models import Identifier, IdentifierKind, Kind, MembershipStatus, ProfileValue, SegmentMember
from accounts.profiles import fold
from accounts.segments import folded
from consent.models import ConsentRecord
from provisioning.scim.columns import (
    BY_ACCOUNT,
    BY_MEMBERSHIP,
    Attribute,
    Complex,
    Ordered,
    Rows,
    Several,
    Simple,
    Table,
)
from provisioning.scim.comparisons import EVERYBODY, Choice, Flag, Moment, Number, Part
from provisioning.scim.lens import visible
from provisioning.scim.schemas import USER
from provisioning.scim.service import address
from provisioning.scim.text_comparisons import Id, Phone, Text, Words, bytewise, lower
from provisioning.websites import Caller

EXTENSION = CUSTOMER_EXTENSION.lower()


def users(caller: Caller) -> Table:
    """The members of the caller's brand, for filters and sorting."""
    return Table(
        USER,
        visible(caller),
        {
            "id": Simple(Id("pk")),
            "schemas": Simple(Choice({USER: EVERYBODY, CUSTOMER_EXTENSION: EVERYBODY}, fold=str)),
            "meta": Complex(_meta()),
            "active": Simple(Flag(Q(status=MembershipStatus.ACTIVE))),
            **_handles(caller),
            "groups": _groups(),
            **_profile(caller),
            f"{EXTENSION}:kind": Simple(
                Choice({Kind.LITE: Q(registered_at=None), Kind.FULL: Q(registered_at__isnull=False)})
            ),
            f"{EXTENSION}:answers": _answers(caller),
        },
    )


def _meta() -> Mapping[str, Simple]:
    place = Concat(Value(address("Users", "")), Cast("pk", TextField()), output_field=TextField())
    return {
        "resourcetype": Simple(Choice({"User": EVERYBODY}, fold=str)),
        "created": Simple(Moment("since"), ordered=Ordered(F("since"))),
        "lastmodified": Simple(Moment("changed_at"), ordered=Ordered(F("changed_at"))),
        "location": Simple(Text(Collate(place, "C"), str)),
    }


def _handles(caller: Caller) -> Mapping[str, Attribute]:
    def rows(kind: IdentifierKind, scope: object) -> Rows:
        # As the partial index says it that is to be read.
        live = Identifier.objects.filter(scope=str(scope), kind=kind, retired_at=None)
        return Rows(live, BY_ACCOUNT, order=("-is_primary", "pk"))

    brand = caller.brand
    called: dict[str, Part] = {
        "type": Text(bytewise("label"), lower, is_optional=True),
        "primary": Flag(Q(is_primary=True, by_default=False)),
    }
    name = Text(F("normal"), fold_name, name_form, is_key=True)
    mail = Text(
        F("normal"), str.casefold, or_folded(str.casefold, lambda said: normal_email(said)[1]), is_key=True
    )
    return {
        "username": Simple(name, rows(IdentifierKind.USERNAME, brand.pk), _by_name(caller)),
        "externalid": Simple(
            Text(F("normal"), str, is_key=True), rows(IdentifierKind.EXTERNAL_ID, caller.website.pk)
        ),
        "emails": Several(rows(IdentifierKind.EMAIL, brand.pk), {"value": mail, **called}),
        "phonenumbers": Several(
            rows(IdentifierKind.PHONE, brand.pk), {"value": Phone(brand.country), **called}
        ),
    }


def _by_name(caller: Caller) -> Ordered:
    """Every live member has one name (`memberships.begin`); their index is read in its order."""
    names = {"scope": str(caller.brand.pk), "kind": IdentifierKind.USERNAME, "retired_at": None}
    only = Q(**{f"account__identifiers__{name}": value for name, value in names.items()})
    return Ordered(F("account__identifiers__normal"), only)


def fold_name(said: str) -> str:
    """As `normal_username` folds a name, of a part of one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", said).casefold())


def fold_value(said: str) -> str:
    """As a profile's value is kept and folded."""
    return fold(unicodedata.normalize("NFC", said))


def or_folded(fold: Callable[[str], str], normal: Callable[[str], str]) -> Callable[[str], str]:
    """The normal form of what has one, and what is no such thing merely folded."""

    def form(said: str) -> str:
        try:
            return normal(said)
        except BadIdentifier:
            return fold(said)

    return form


name_form = or_folded(fold_name, normal_username)


def _groups() -> Several:
    place = Concat(Value(address("Groups", "")), Cast("segment_id", TextField()), output_field=TextField())
    return Several(
        Rows(SegmentMember.objects.all(), BY_MEMBERSHIP, order=("segment_id",)),
        {
            "value": Id("segment_id"),
            "$ref": Text(Collate(place, "C"), str),
            "display": Text(F("segment__folded"), folded),
        },
    )


def _profile(caller: Caller) -> Mapping[str, Attribute]:
    voice = caller.said(timezone.now())
    said = ProfileValue.objects.filter(source=voice.source, said_by=voice.by)
    found: dict[str, Attribute] = {}
    parents: dict[str, dict[str, Simple]] = defaultdict(dict)
    for attribute in ATTRIBUTES.values():
        rows = Rows(said.filter(attribute=attribute.name), BY_ACCOUNT)
        part = Words("words", fold_value) if attribute.many else Text(F("folded"), fold_value)
        schema, _colon, name = attribute.scim.lower().rpartition(":")
        parent, _dot, child = name.rpartition(".")
        if parent:
            parents[f"{schema}:{parent}" if schema else parent][child] = Simple(part, rows)
        else:
            found[attribute.scim.lower()] = Simple(part, rows)
    return found | {name: Complex(parts) for name, parts in parents.items()}


def _answers(caller: Caller) -> Several:
    # The end of its line: what a record was followed by counts in its place.
    later = ConsentRecord.objects.filter(
        account=OuterRef("account"), purpose=OuterRef("purpose"), parent_id=OuterRef("pk")
    )
    stands = ConsentRecord.objects.filter(~Exists(later), purpose__brand=caller.brand)
    return Several(
        Rows(stands, BY_ACCOUNT, order=("purpose__key",)),
        {
            "purpose": Text(bytewise("purpose__key"), lower),
            "decision": Text(bytewise("decision"), lower),
            "version": Number("version__number"),
            "texthash": Text(bytewise("text_hash"), lower, is_optional=True),
            "locale": Text(bytewise("locale"), lower, is_optional=True),
            "at": Moment("said_at"),
            "surface": Text(bytewise("surface"), lower, is_optional=True),
        },
    )
