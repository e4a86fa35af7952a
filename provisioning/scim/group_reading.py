"""GET: one group, or a page of them (RFC 7644, sections 3.4.1 and 3.4.2)."""

import uuid
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from scim2_models import ListResponse, Resource, ResponseParameters
from scim2_models.path import Path

from accounts import segments
from accounts.models import Identifier, IdentifierKind, Segment
from provisioning.scim.asking import Search
from provisioning.scim.bounded import bounded
from provisioning.scim.filters import compile_filter
from provisioning.scim.group_columns import groups
from provisioning.scim.group_schema import MOST_SHOWN
from provisioning.scim.lens import visible
from provisioning.scim.paging import Asker, count_of, cursor_after, place_of
from provisioning.scim.segments import group_from, version_of
from provisioning.scim.service import Group, GroupList, address
from provisioning.scim.sorting import Order, order_of, place
from provisioning.websites import Caller

Groups = ListResponse[Resource[Any]]
Parameters = ResponseParameters[Resource[Any]]

AS_THEY_CAME = Order(F("created_at"))
# PostgreSQL refuses an offset past 64 bits.
LAST_INDEX = 2**31


def page(caller: Caller, search: Search) -> Groups:
    """A page of the brand's segments, shorter than asked for where these have many members.

    Raises InvalidFilter, InvalidPath, InvalidCursor, ExpiredCursor, InvalidCount and TooMany.
    """
    table = groups(caller)
    descending = search.sort_order == Search.SortOrder.descending
    order = order_of(search.sort_by, table, descending=descending) if search.sort_by else AS_THEY_CAME
    found, asked = table.resources, str(search.filter or "")
    if asked:
        found = found.filter(compile_filter(asked, table).condition)
    # A brand's segments are few; who is in them are many.
    with bounded("members" in asked.lower()):
        if search.cursor is not None:
            return _after_cursor(caller, search, found, order)
        return _from_index(caller, search, found, order)


def _from_index(caller: Caller, search: Search, found: QuerySet[Segment], order: Order) -> Groups:
    start, count = min(search.start_index or 1, LAST_INDEX), count_of(search)
    rows = list(order.sorted(found)[start - 1 : start - 1 + count]) if count else []
    ended = 0 < len(rows) < count or (start == 1 and len(rows) < count)
    resources = represent_all(caller, rows, search)
    answer: Groups = GroupList(
        total_results=start - 1 + len(rows) if ended else found.count(),
        start_index=start,
        items_per_page=len(resources),
        resources=resources,
    )
    return answer


def _after_cursor(caller: Caller, search: Search, found: QuerySet[Segment], order: Order) -> Groups:
    now = timezone.now()
    count, asker = count_of(search), Asker.of(caller, search, "Groups")
    begin = place_of(search.cursor or "", asker, now)
    asked = order.after(order.sorted(found), begin) if begin else order.sorted(found)
    rows = list(asked[: count + 1])
    resources = represent_all(caller, rows[:count], search)
    more = len(resources) < len(rows)
    answer: Groups = GroupList(
        items_per_page=len(resources),
        resources=resources,
        next_cursor=cursor_after(place(rows[len(resources) - 1]), asker, now) if more else None,
    )
    return answer


def represent(caller: Caller, segment: Segment, parameters: Parameters) -> Resource[Any]:
    """One query for its size and one for its members, or none where the answer shows no members."""
    return represent_all(caller, [segment], parameters)[0]


def represent_all(caller: Caller, found: Sequence[Segment], parameters: Parameters) -> list[Resource[Any]]:
    """These groups in this order; as many of the first as have no more than so many members together.

    Paging goes on after those that are there: a page may be shorter than asked for (section 3.4.2.4).
    """
    if not found or not shows_members(parameters):
        return [_group(caller, segment) for segment in found]
    sizes = segments.sizes([segment.pk for segment in found], MOST_SHOWN + 1)
    fitting = found[: _fitting([sizes[segment.pk] for segment in found])]
    shown = [segment.pk for segment in fitting if 0 < sizes[segment.pk] <= MOST_SHOWN]
    members = _members(caller, shown) if shown else {}
    return [_group(caller, segment, members.get(segment.pk, ())) for segment in fitting]


def shows_members(parameters: Parameters) -> bool:
    if parameters.attributes:
        # The name of the schema asks for all that it has.
        return any(path.model is Group or _is_members(path) for path in parameters.attributes)
    # A part that is left out leaves the others.
    left_out = [path.resolve(Group) for path in parameters.excluded_attributes or ()]
    return not any(bound and bound.field_name == "members" and not bound.sub_field_name for bound in left_out)


def _is_members(path: Path[Any]) -> bool:
    binding = path.resolve(Group)
    return binding is not None and binding.field_name == "members"


def _fitting(sizes: Collection[int]) -> int:
    """How many of these sizes fit into one answer: one at least, and those too large to be shown all."""
    total = 0
    for number, size in enumerate(sizes):
        total += size if size <= MOST_SHOWN else 0
        if total > MOST_SHOWN and number:
            return number
    return len(sizes)


def _members(caller: Caller, shown: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, str]]]:
    called = Identifier.objects.filter(
        account=OuterRef("membership__account_id"),
        scope=str(caller.brand.pk),
        kind=IdentifierKind.USERNAME,
        is_primary=True,
        retired_at=None,
    )
    rows = segments.members(shown, visible(caller)).values_list(
        "segment_id", "membership_id", Subquery(called.values("value")[:1])
    )
    return {
        segment: [_member(str(member), name) for _segment, member, name in of_one]
        for segment, of_one in groupby(rows, key=lambda row: row[0])
    }


def _member(key: str, name: str | None) -> dict[str, str]:
    shown = {"value": key, "$ref": address("Users", key), "type": "User"}
    return shown | ({"display": name} if name else {})


def _group(caller: Caller, segment: Segment, members: Sequence[dict[str, str]] = ()) -> Resource[Any]:
    meta = {
        "resourceType": "Group",
        "created": segment.created_at,
        "lastModified": segment.changed_at,
        "location": address("Groups", str(segment.pk)),
        "version": version_of(segment),
    }
    more = {"members": members} if members else {}
    return group_from(segment, caller, meta=meta, **more)
