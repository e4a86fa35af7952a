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
    Required,
    ResourceType,
    Schema,
)

from consent.ledger import latest_versions
from provisioning.scim.schemas import customer_schema, user_schema
from provisioning.scim.service import CONFIG, GROUPS, PROVIDER, USERS, address
from provisioning.scim.view import ScimView, scim

Published = TypeVar("Published", ResourceType, Schema)


class ServiceProviderConfigView(ScimView):
    def get(self, request: HttpRequest) -> HttpResponse:
        place = address("ServiceProviderConfig")
        meta = Meta(resource_type="ServiceProviderConfig", location=place)
        return scim(CONFIG.model_copy(update={"meta": meta}))


class ResourceTypesView(ScimView):
    def get(self, request: HttpRequest, key: str = "") -> HttpResponse:
        return _published(request, [USERS, GROUPS], ListResponse[ResourceType], "ResourceType", key)


class SchemasView(ScimView):
    def get(self, request: HttpRequest, key: str = "") -> HttpResponse:
        return _published(request, self._schemas(), ListResponse[Schema], "Schema", key)

    def _schemas(self) -> list[Schema]:
        """With what the caller's brand would call a consent's purpose."""
        purposes = [version.purpose.key for version in latest_versions(self.caller.brand)]
        ours = [user_schema(active=Required.true), customer_schema(purposes[-1:])]
        return [next((own for own in ours if own.id == schema.id), schema) for schema in PROVIDER.schemas]


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
