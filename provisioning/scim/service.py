"""What this service publishes about itself, and the model of its users (RFC 7643, sections 5 and 6)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from scim2_models import (
    URI,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    ListResponse,
    Pagination,
    Patch,
    PatchOp,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    SchemaExtension,
    ScimFilter,
    ScimPolicy,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
)

from accounts.attributes import CUSTOMER_EXTENSION
from provisioning.scim.schemas import USER, customer_schema, user_schema

DEFAULT_PAGE = 100
LARGEST_PAGE = 200

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=LARGEST_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    pagination=Pagination(
        index=True,
        cursor=False,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=DEFAULT_PAGE,
        max_page_size=LARGEST_PAGE,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Website token",
            description="A token of one of the brand's websites, as a bearer token (RFC 6750)",
            primary=True,
        )
    ],
)

USERS = ResourceType(
    id="User",
    name="User",
    description="Customers of the brand",
    endpoint=Reference[URI]("/Users"),
    schema=Reference[URI](USER),
    schema_extensions=[SchemaExtension(schema=Reference[URI](CUSTOMER_EXTENSION), required=False)],
)

PROVIDER = ScimProvider.from_discovery([user_schema(), customer_schema()], [USERS], CONFIG)


def _user_model() -> type[Resource[Any]]:
    model = PROVIDER.model_for("User")
    assert model is not None
    assert issubclass(model, Resource)
    return model


User = _user_model()


def _about_users(message: Any) -> Any:
    """A kind of message whose attribute names are resolved against the model."""
    return message[User]


UserFilter: type[ScimFilter[Resource[Any]]] = _about_users(ScimFilter)
UserList: type[ListResponse[Resource[Any]]] = _about_users(ListResponse)
UserParameters: type[ResponseParameters[Resource[Any]]] = _about_users(ResponseParameters)
UserPatch: type[PatchOp[Resource[Any]]] = _about_users(PatchOp)
UserSearch: type[SearchRequest[Resource[Any]]] = _about_users(SearchRequest)

# As Entra ID writes them; neither can be taken for something else.
DIALECTS = ScimPolicy(
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
# Names that no schema here has are set aside, for `payload.refuse_strange` to judge.
SET_ASIDE = ScimPolicy(unknown=ScimPolicy.Unknown.ignore)


def user_from(tree: Mapping[str, object]) -> Resource[Any]:
    return User.model_validate(tree)


def address(*parts: str) -> str:
    """The absolute address of something under `/scim/v2`."""
    return "/".join((f"{settings.BASE_URL}/scim/v2", *parts))
