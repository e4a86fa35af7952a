"""/Users: a brand's members, as its websites may see them (RFC 7644, section 3)."""

import uuid
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from scim2_models import Context, InvalidSyntaxException, Resource, ResponseParameters

from provisioning.models import Scope
from provisioning.scim.changing import change, end, replace
from provisioning.scim.filters import check_length
from provisioning.scim.joining import join
from provisioning.scim.payload import read_object, refuse_strange
from provisioning.scim.reading import look_up, page
from provisioning.scim.resources import names_version, version_of
from provisioning.scim.service import (
    DIALECTS,
    SET_ASIDE,
    User,
    UserParameters,
    UserPatch,
    UserSearch,
    address,
)
from provisioning.scim.view import ScimView, scim

Parameters = ResponseParameters[Resource[Any]]

MOST_OPERATIONS = 100
IN_QUERY = ("filter", "startIndex", "count", "attributes", "excludedAttributes")


def _parameters(request: HttpRequest) -> Parameters:
    """Which attributes the answer has (RFC 7644, section 3.9)."""
    asked = {name: request.GET[name] for name in IN_QUERY[3:] if name in request.GET}
    return UserParameters.model_validate(asked)


def _sent(request: HttpRequest, context: Context) -> Resource[Any]:
    user = User.model_validate(read_object(request), scim_ctx=context, scim_policy=SET_ASIDE)
    refuse_strange(user)
    return user


def _one(user: Resource[Any], parameters: Parameters, status: int = 200) -> HttpResponse:
    response = scim(user, status, parameters)
    response["ETag"] = version_of(user)
    response["Location"] = address("Users", str(user.id))
    return response


class UsersView(ScimView):
    http_method_names: ClassVar[list[str]] = ["get", "head", "post"]
    scopes: ClassVar[dict[str, Scope]] = {"get": Scope.READ, "post": Scope.CREATE}

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: request.GET[name] for name in IN_QUERY if name in request.GET}
        check_length(asked.get("filter", ""))
        search = UserSearch.model_validate(asked, scim_ctx=Context.SEARCH_REQUEST)
        return scim(page(self.caller, search), parameters=search)

    def post(self, request: HttpRequest) -> HttpResponse:
        parameters = _parameters(request)
        user = _sent(request, Context.RESOURCE_CREATION_REQUEST)
        return _one(join(self.caller, user, timezone.now()), parameters, status=201)


class UserView(ScimView):
    http_method_names: ClassVar[list[str]] = ["get", "head", "put", "patch", "delete"]
    scopes: ClassVar[dict[str, Scope]] = {
        "get": Scope.READ,
        "put": Scope.UPDATE,
        "patch": Scope.UPDATE,
        "delete": Scope.DELETE,
    }

    def get(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        parameters = _parameters(request)
        user = look_up(self.caller, key)
        if names_version(request.headers.get("If-None-Match", ""), version_of(user)):
            return HttpResponse(status=304, headers={"ETag": version_of(user)})
        return _one(user, parameters)

    def put(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        parameters = _parameters(request)
        user = _sent(request, Context.RESOURCE_REPLACEMENT_REQUEST)
        if_match = request.headers.get("If-Match")
        return _one(replace(self.caller, key, user, if_match, timezone.now()), parameters)

    def patch(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        parameters = _parameters(request)
        operations = UserPatch.model_validate(
            read_object(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=DIALECTS
        )
        if len(operations.operations or ()) > MOST_OPERATIONS:
            raise InvalidSyntaxException(detail=f"A patch has at most {MOST_OPERATIONS} operations.")
        if_match = request.headers.get("If-Match")
        return _one(change(self.caller, key, operations, if_match, timezone.now()), parameters)

    def delete(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        end(self.caller, key, request.headers.get("If-Match"), timezone.now())
        return HttpResponse(status=204)
