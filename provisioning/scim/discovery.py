"""What the service is and has (RFC 7644, section 4). Any valid token may ask."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from scim2_models import (
    BaseModel,
    ForbiddenException,
    ListResponse,
    Meta,
    NotFoundException,
    ResourceType,
    Schema,
)

from provisioning.scim.service import CONFIG, PROVIDER, USERS, address
from provisioning.scim.view import ScimView, scim

Published = TypeVar("Published", ResourceType, Schema)


class ServiceProviderConfigView(ScimView):
    def get(self, request: HttpRequest) -> HttpResponse:
        place = address("ServiceProviderConfig")
        meta = Meta(resource_type="ServiceProviderConfig", location=place)
        return scim(CONFIG.model_copy(update={"meta": meta}))


class ResourceTypesView(ScimView):
    def get(self, request: HttpRequest, key: str = "") -> HttpResponse:
        return _published(request, [USERS], ListResponse[ResourceType], "ResourceType", key)


class SchemasView(ScimView):
    def get(self, request: HttpRequest, key: str = "") -> HttpResponse:
        return _published(request, list(PROVIDER.schemas), ListResponse[Schema], "Schema", key)


def _published(
    request: HttpRequest,
    resources: list[Published],
    page: Callable[..., BaseModel],
    kind: str,
    key: str,
) -> HttpResponse:
    if "filter" in request.GET:
        raise ForbiddenException(detail="What the service publishes isn't filtered.")
    placed = {str(resource.id): _placed(resource, kind) for resource in resources}
    if key:
        if key not in placed:
            raise NotFoundException(detail=f"There is no such {kind}.")
        return scim(placed[key])
    found = list(placed.values())
    return scim(page(total_results=len(found), start_index=1, items_per_page=len(found), resources=found))


def _placed(resource: Published, kind: str) -> Published:
    place = address(f"{kind}s", str(resource.id))
    return resource.model_copy(update={"meta": Meta(resource_type=kind, location=place)})
