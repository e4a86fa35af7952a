"""/Groups: segments of a brand's customers (RFC 7643, section 4.2)."""

import uuid
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from scim2_models import Context, Resource, ResponseParameters

from accounts.models import Segment
from provisioning.models import Scope
from provisioning.scim.asking import IN_QUERY, NAMES, check, search_of
from provisioning.scim.group_reading import page, represent
from provisioning.scim.payload import MOST_MEMBERS, read_object
from provisioning.scim.resources import names_version
from provisioning.scim.segments import change, create, end, look_up, replace, version_of
from provisioning.scim.sent import group_of, group_patch_of
from provisioning.scim.service import GroupParameters, GroupSearch, address
from provisioning.scim.view import ScimView, scim


class _GroupView(ScimView):
    def parameters(self, request: HttpRequest) -> ResponseParameters[Resource[Any]]:
        """Which attributes the answer has (RFC 7644, section 3.9)."""
        asked = {name: request.GET[name] for name in NAMES if name in request.GET}
        check(asked)
        return GroupParameters.model_validate(asked)

    def one(
        self, segment: Segment, parameters: ResponseParameters[Resource[Any]], status: int = 200
    ) -> HttpResponse:
        response = scim(represent(self.caller, segment, parameters), status, parameters)
        response["ETag"] = version_of(segment)
        response["Location"] = address("Groups", str(segment.pk))
        return response


class GroupsView(_GroupView):
    http_method_names: ClassVar[list[str]] = ["get", "head", "post"]
    scopes: ClassVar[dict[str, Scope]] = {"get": Scope.READ, "post": Scope.CREATE}

    def get(self, request: HttpRequest) -> HttpResponse:
        search = search_of({name: request.GET[name] for name in IN_QUERY if name in request.GET}, GroupSearch)
        return scim(page(self.caller, search), parameters=search)

    def post(self, request: HttpRequest) -> HttpResponse:
        parameters = self.parameters(request)
        group = group_of(read_object(request, MOST_MEMBERS), Context.RESOURCE_CREATION_REQUEST)
        return self.one(create(self.caller, group, timezone.now()), parameters, status=201)


class GroupView(_GroupView):
    http_method_names: ClassVar[list[str]] = ["get", "head", "put", "patch", "delete"]
    scopes: ClassVar[dict[str, Scope]] = {
        "get": Scope.READ,
        "put": Scope.UPDATE,
        "patch": Scope.UPDATE,
        "delete": Scope.DELETE,
    }

    def get(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        parameters = self.parameters(request)
        segment = look_up(self.caller, key)
        if names_version(request.headers.get("If-None-Match", ""), version_of(segment)):
            return HttpResponse(status=304, headers={"ETag": version_of(segment)})
        return self.one(segment, parameters)

    def put(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        parameters = self.parameters(request)
        group = group_of(read_object(request, MOST_MEMBERS), Context.RESOURCE_REPLACEMENT_REQUEST)
        if_match = request.headers.get("If-Match")
        return self.one(replace(self.caller, key, group, if_match, timezone.now()), parameters)

    def patch(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        parameters = self.parameters(request)
        patch = group_patch_of(read_object(request, MOST_MEMBERS))
        if_match = request.headers.get("If-Match")
        return self.one(change(self.caller, key, patch, if_match, timezone.now()), parameters)

    def delete(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        end(self.caller, key, request.headers.get("If-Match"), timezone.now())
        return HttpResponse(status=204)
