"""/Users: a brand's members, as its websites may see them (RFC 7644, section 3)."""

import uuid
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from scim2_models import (
    Context,
    ForbiddenException,
    NotFoundException,
    Resource,
    ResponseParameters,
)

from provisioning.models import Scope
from provisioning.scim.asking import IN_QUERY, NAMES, check, search_of
from provisioning.scim.changing import change, end, replace
from provisioning.scim.joining import join
from provisioning.scim.lens import visible
from provisioning.scim.lookups import asked_plainly
from provisioning.scim.payload import read_object
from provisioning.scim.reading import Page, listed, look_up, page, sheet
from provisioning.scim.resources import Tree, names_version, unasked, version_of
from provisioning.scim.sent import user_of, user_patch_of
from provisioning.scim.service import DEFAULT_PAGE, UserParameters, user_from
from provisioning.scim.view import ScimView, scim, written

Parameters = ResponseParameters[Resource[Any]]

ALL: Parameters = UserParameters()


def _parameters(request: HttpRequest) -> Parameters:
    """Which attributes the answer has (RFC 7644, section 3.9)."""
    asked = {name: request.GET[name] for name in NAMES if name in request.GET}
    if not asked:
        return ALL
    check(asked)
    return UserParameters.model_validate(asked)


def _chooses(parameters: Parameters) -> bool:
    return bool(parameters.attributes or parameters.excluded_attributes)


def _one(user: Tree, parameters: Parameters, status: int = 200) -> HttpResponse:
    if _chooses(parameters):
        response = scim(user_from(user), status, parameters)
    else:
        response = written(unasked(user), status)
    response["ETag"] = version_of(user)
    response["Location"] = user["meta"]["location"]
    return response


class UsersView(ScimView):
    http_method_names: ClassVar[list[str]] = ["get", "head", "post"]
    scopes: ClassVar[dict[str, Scope]] = {"get": Scope.READ, "post": Scope.CREATE}

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: request.GET[name] for name in IN_QUERY if name in request.GET}
        if (named := asked_plainly(self.caller, asked)) is not None:
            return written(sheet(Page(named[:DEFAULT_PAGE], total=len(named), start=1)))
        search = search_of(asked)
        found = page(self.caller, search)
        return scim(listed(found), parameters=search) if _chooses(search) else written(sheet(found))

    def post(self, request: HttpRequest) -> HttpResponse:
        parameters = _parameters(request)
        user = user_of(read_object(request), Context.RESOURCE_CREATION_REQUEST)
        return _one(join(self.caller, user, timezone.now()), parameters, status=201)


class UserView(ScimView):
    http_method_names: ClassVar[list[str]] = ["get", "head", "put", "patch", "delete"]
    scopes: ClassVar[dict[str, Scope]] = {
        "get": Scope.READ,
        "put": Scope.UPDATE,
        "patch": Scope.UPDATE,
        "delete": Scope.DELETE,
    }

    def get(self, request: HttpRequest, key: uuid.UUID | None = None) -> HttpResponse:
        parameters = _parameters(request)
        user = look_up(self.caller, self._whom(key))
        if names_version(request.headers.get("If-None-Match", ""), version_of(user)):
            return HttpResponse(status=304, headers={"ETag": version_of(user)})
        return _one(user, parameters)

    def put(self, request: HttpRequest, key: uuid.UUID | None = None) -> HttpResponse:
        parameters = _parameters(request)
        user = user_of(read_object(request), Context.RESOURCE_REPLACEMENT_REQUEST)
        if_match = request.headers.get("If-Match")
        return _one(replace(self.caller, self._whom(key), user, if_match, timezone.now()), parameters)

    def patch(self, request: HttpRequest, key: uuid.UUID | None = None) -> HttpResponse:
        parameters = _parameters(request)
        operations = user_patch_of(read_object(request))
        if_match = request.headers.get("If-Match")
        return _one(change(self.caller, self._whom(key), operations, if_match, timezone.now()), parameters)

    def delete(self, request: HttpRequest, key: uuid.UUID | None = None) -> HttpResponse:
        end(self.caller, self._whom(key), request.headers.get("If-Match"), timezone.now())
        return HttpResponse(status=204)

    def _whom(self, key: uuid.UUID | None) -> uuid.UUID:
        assert key is not None, "the address names the user"
        return key


class MeView(UserView):
    """/Me (RFC 7644, section 3.11): whose token it is, at the brand of the app that has it."""

    for_persons: ClassVar[bool] = True
    scopes: ClassVar[dict[str, Scope]] = {}

    def delete(self, request: HttpRequest, key: uuid.UUID | None = None) -> HttpResponse:
        raise ForbiddenException(detail="To leave is done in the account, not by an app.")

    def _whom(self, key: uuid.UUID | None) -> uuid.UUID:
        if self.caller.person is None:
            raise NotFoundException(detail="This token is a website's: there is no person to be “me”.")
        member = visible(self.caller).values_list("pk", flat=True).first()
        if member is None:
            raise NotFoundException(detail="You are no customer of this brand.")
        return member
