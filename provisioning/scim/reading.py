"""GET: one user, or a page of them (RFC 7644, sections 3.4.1 and 3.4.2; RFC 9865)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from scim2_models import ListResponse, NotFoundException, Resource

from accounts.models import Membership
from provisioning.scim.asking import Search
from provisioning.scim.bounded import bounded, total
from provisioning.scim.filters import Found, Reach, compile_filter
from provisioning.scim.lens import Lens
from provisioning.scim.looking import look_at, look_at_all
from provisioning.scim.lookups import looked_up
from provisioning.scim.paging import Asker, count_of, cursor_after, place_of
from provisioning.scim.resources import Tree, represent, tree_of, unasked
from provisioning.scim.service import UserList
from provisioning.scim.sorting import Order, order_of, place
from provisioning.scim.user_columns import users
from provisioning.websites import Caller

Users = ListResponse[Resource[Any]]

# PostgreSQL refuses an offset past 64 bits.
LAST_INDEX = 2**31
FURTHEST_CHEAP = 1_000
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(frozen=True)
class Page:
    """Some of the brand's members; `total` and `start` by index, `next_cursor` by cursor."""

    lenses: Sequence[Lens]
    total: int | None = None
    start: int | None = None
    next_cursor: str | None = None


def look_up(caller: Caller, key: uuid.UUID) -> Tree:
    """Raises NotFound for whoever isn't a member of the caller's brand."""
    found = look_at(caller, key)
    if found is None:
        raise NotFoundException(detail="There is no such user.")
    return tree_of(found)


def listed(page: Page) -> Users:
    """As the library tells it, which can leave attributes out."""
    answer: Users = UserList(
        total_results=page.total,
        start_index=page.start,
        items_per_page=len(page.lenses),
        resources=[represent(lens) for lens in page.lenses],
        next_cursor=page.next_cursor,
    )
    return answer


def sheet(page: Page) -> Tree:
    """The same, written down at once, with all that is told unasked."""
    said = {
        "schemas": [LIST],
        "totalResults": page.total,
        "startIndex": page.start,
        "itemsPerPage": len(page.lenses),
        "nextCursor": page.next_cursor,
        "Resources": [unasked(tree_of(lens)) for lens in page.lenses],
    }
    return {name: value for name, value in said.items() if value is not None}


def page(caller: Caller, search: Search) -> Page:
    """A page of the brand's members. The number of queries doesn't depend on its size.

    Raises InvalidFilter, InvalidPath, InvalidCursor, ExpiredCursor, InvalidCount and TooMany.
    """
    named = looked_up(caller, search)
    if named is not None:
        return Page(named[: count_of(search)], total=len(named), start=1)
    table = users(caller)
    order = order_of(search.sort_by, table, descending=search.sort_order == Search.SortOrder.descending)
    found = compile_filter(str(search.filter), table) if search.filter is not None else None
    members = table.resources.filter(found.condition) if found else table.resources
    with bounded(not _is_cheap(found, order, search)):
        if search.cursor is not None:
            return _after_cursor(caller, search, members, order)
        return _from_index(caller, search, members, order)


def _is_cheap(found: Found | None, order: Order, search: Search) -> bool:
    """Whether an index bounds what is read, so that it need not be timed."""
    if found:
        return found.reach == Reach.FEW
    return order.is_indexed and (search.start_index or 1) <= FURTHEST_CHEAP


def _from_index(caller: Caller, search: Search, members: "QuerySet[Membership]", order: Order) -> Page:
    start, count = min(search.start_index or 1, LAST_INDEX), count_of(search)
    asked = order.sorted(members)[start - 1 : start - 1 + count]
    found = look_at_all(caller, [member.pk for member in asked]) if count else []
    in_all = total(members, start - 1 if count else 0, count, len(found))
    return Page(found, total=in_all, start=start)


def _after_cursor(caller: Caller, search: Search, members: "QuerySet[Membership]", order: Order) -> Page:
    """Without a total: to count is what cursors save (RFC 9865, section 2)."""
    now = timezone.now()
    count, asker = count_of(search), Asker.of(caller, search, "Users")
    begin = place_of(search.cursor or "", asker, now)
    asked = order.sorted(members)
    if begin:
        asked = order.after(asked, begin)
    found = list(asked[: count + 1])
    more = cursor_after(place(found[count - 1]), asker, now) if len(found) > count else None
    return Page(look_at_all(caller, [member.pk for member in found[:count]]), next_cursor=more)
