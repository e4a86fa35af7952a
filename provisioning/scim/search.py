"""`/.search`: a query in a body, as addresses end up in logs (RFC 7644, section 3.4.3)."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from scim2_models import InvalidValueException, ListResponse, Resource

from provisioning.models import Scope
from provisioning.scim import group_reading, reading
from provisioning.scim.asking import IN_QUERY, Search, search_of
from provisioning.scim.narrowing import about
from provisioning.scim.paging import count_of
from provisioning.scim.payload import read_object
from provisioning.scim.service import AnyList, AnySearch, GroupFilter, GroupSearch, UserFilter, UserSearch
from provisioning.scim.view import ScimView, scim
from provisioning.websites import Caller

Page = ListResponse[Resource[Any]]

NAMES = {name.lower(): name for name in IN_QUERY}


def _users(caller: Caller, search: Search) -> Page:
    return reading.listed(reading.page(caller, search))


# Groups first: their number is exact, which is where users begin then. Of users it may be a lower bound.
KINDS = ((GroupFilter, group_reading.page), (UserFilter, _users))


class _SearchView(ScimView):
    http_method_names: ClassVar[list[str]] = ["post"]
    scopes: ClassVar[dict[str, Scope]] = {"post": Scope.READ}
    kind: ClassVar[type[Search]]

    def post(self, request: HttpRequest) -> HttpResponse:
        search = search_of(_named(read_object(request)), self.kind)
        response = scim(self.found(search), parameters=search)
        response["Cache-Control"] = "no-store"
        return response

    def found(self, search: Search) -> Page:
        raise NotImplementedError


class UsersSearchView(_SearchView):
    kind = UserSearch

    def found(self, search: Search) -> Page:
        return _users(self.caller, search)


class GroupsSearchView(_SearchView):
    kind = GroupSearch

    def found(self, search: Search) -> Page:
        return group_reading.page(self.caller, search)


class SearchView(_SearchView):
    kind = AnySearch

    def found(self, search: Search) -> Page:
        return everything(self.caller, search)


def everything(caller: Caller, search: Search) -> Page:
    """Groups, and behind them users, each kind in the order asked for, as one list (section 3.4.2.1).

    What a filter says of attributes that a kind doesn't have is false of that kind. Raises InvalidValue for a
    cursor, and what the pages of each kind raise.
    """
    if search.cursor is not None:
        raise InvalidValueException(detail="cursor: what has several kinds is paged by startIndex.")
    start, count = search.start_index or 1, count_of(search)
    resources: list[Resource[Any]] = []
    total, cut = 0, False
    for bound, page in KINDS:
        asked = about(search, bound)
        if asked is None:
            continue
        room = 0 if cut else count - len(resources)
        first = max(1, start - total)
        found = page(caller, asked.model_copy(update={"start_index": first, "count": room}))
        here, in_all = found.resources or [], found.total_results or 0
        resources += here
        total += in_all
        # Where a page ends early, nothing of the next kind follows on it.
        cut = cut or first - 1 + len(here) < in_all
    answer: Page = AnyList(
        total_results=total, start_index=start, items_per_page=len(resources), resources=resources
    )
    return answer


def _named(tree: dict[str, object]) -> dict[str, object]:
    """By the names that are checked: the case of a name doesn't matter (RFC 7643, section 2.1)."""
    return {NAMES.get(name.replace("_", "").lower(), name): value for name, value in tree.items()}
