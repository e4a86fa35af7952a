"""GET: one user, or a page of them (RFC 7644, sections 3.4.1 and 3.4.2)."""

import uuid
from typing import Any

from scim2_models import ListResponse, NotFoundException, Resource, SearchRequest

from provisioning.scim.filters import compile_filter
from provisioning.scim.lens import lenses, visible
from provisioning.scim.resources import represent
from provisioning.scim.service import DEFAULT_PAGE, LARGEST_PAGE, UserList
from provisioning.websites import Caller

# PostgreSQL refuses an offset past 64 bits.
LAST_INDEX = 2**31


def look_up(caller: Caller, key: uuid.UUID) -> Resource[Any]:
    """Raises NotFound for whoever isn't a member of the caller's brand."""
    found = lenses(caller, visible(caller).filter(pk=key))
    if not found:
        raise NotFoundException(detail="There is no such user.")
    return represent(found[0])


def page(caller: Caller, search: SearchRequest[Resource[Any]]) -> ListResponse[Resource[Any]]:
    """A page of the brand's members. The number of queries doesn't depend on its size."""
    start = min(search.start_index or 1, LAST_INDEX)
    count = DEFAULT_PAGE if search.count is None else min(search.count, LARGEST_PAGE)
    members = visible(caller)
    if search.filter is not None:
        members = members.filter(compile_filter(str(search.filter), caller.website))
    asked = members.order_by("since", "pk")[start - 1 : start - 1 + count]
    found = [represent(lens) for lens in lenses(caller, asked)] if count else []
    # A short page that isn't past the end tells the total itself.
    ended = 0 < len(found) < count or (start == 1 and count > len(found))
    total = start - 1 + len(found) if ended else members.count()
    answer: ListResponse[Resource[Any]] = UserList(
        total_results=total, start_index=start, items_per_page=len(found), resources=found
    )
    return answer
