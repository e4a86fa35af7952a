"""What this service publishes about itself, and the models of what it has (RFC 7643, sections 5 and 6)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from scim2_models import (
    URI,
    AuthenticationScheme,
    Bulk,
    BulkOperation,
    BulkResponse,
    ChangePassword,
    ETag,
    Filter,
    ListResponse,
    Pagination,
    Patch,
    PatchOp,
    Path,
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
from provisioning.scim.group_schema import GROUP, group_schema
from provisioning.scim.schemas import USER, customer_schema, user_schema

DEFAULT_PAGE = 100
LARGEST_PAGE = 200
CURSOR_SECONDS = 3_600
MOST_BULK_OPERATIONS = 500
LARGEST_BULK = 1_048_576

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MOST_BULK_OPERATIONS, max_payload_size=LARGEST_BULK),
    filter=Filter(supported=True, max_results=LARGEST_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    pagination=Pagination(
        index=True,
        cursor=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=DEFAULT_PAGE,
        max_page_size=LARGEST_PAGE,
        cursor_timeout=CURSOR_SECONDS,
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

GROUPS = ResourceType(
    id="Group",
    name="Group",
    description="Segments of the brand's customers",
    endpoint=Reference[URI]("/Groups"),
    schema=Reference[URI](GROUP),
)

SCHEMAS = [user_schema(), customer_schema(), group_schema()]
PROVIDER = ScimProvider.from_discovery(SCHEMAS, [USERS, GROUPS], CONFIG)


def _model(name: str) -> type[Resource[Any]]:
    model = PROVIDER.model_for(name)
    assert model is not None
    assert issubclass(model, Resource)
    return model


User = _model("User")
Group = _model("Group")


def _about_users(message: Any) -> Any:
    """A kind of message whose attribute names are resolved against the model."""
    return message[User]


def _about_groups(message: Any) -> Any:
    return message[Group]


def _about_both(message: Any) -> Any:
    return message[User | Group]


UserFilter: type[ScimFilter[Resource[Any]]] = _about_users(ScimFilter)
UserList: type[ListResponse[Resource[Any]]] = _about_users(ListResponse)
UserParameters: type[ResponseParameters[Resource[Any]]] = _about_users(ResponseParameters)
UserPath: type[Path[Resource[Any]]] = _about_users(Path)
UserPatch: type[PatchOp[Resource[Any]]] = _about_users(PatchOp)
UserSearch: type[SearchRequest[Resource[Any]]] = _about_users(SearchRequest)

GroupFilter: type[ScimFilter[Resource[Any]]] = _about_groups(ScimFilter)
GroupList: type[ListResponse[Resource[Any]]] = _about_groups(ListResponse)
GroupParameters: type[ResponseParameters[Resource[Any]]] = _about_groups(ResponseParameters)
GroupPath: type[Path[Resource[Any]]] = _about_groups(Path)
GroupPatch: type[PatchOp[Resource[Any]]] = _about_groups(PatchOp)
GroupSearch: type[SearchRequest[Resource[Any]]] = _about_groups(SearchRequest)

AnyList: type[ListResponse[Resource[Any]]] = _about_both(ListResponse)
AnySearch: type[SearchRequest[Resource[Any]]] = _about_both(SearchRequest)

# What an operation answers with is an error or nothing, whatever it is about.
BulkAnswer: Any = _about_users(BulkResponse)
BulkResult: Any = _about_users(BulkOperation)

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
