"""`/scim/v2/…` (RFC 7644, section 3.2). What isn't there or isn't built yet answers in SCIM's form too."""

from django.urls import path, re_path

from provisioning.scim.discovery import ResourceTypesView, SchemasView, ServiceProviderConfigView
from provisioning.scim.users import UsersView, UserView
from provisioning.scim.view import ScimView, Unknown

app_name = "scim"

urlpatterns = [
    path("/ServiceProviderConfig", ServiceProviderConfigView.as_view(), name="service-provider-config"),
    path("/ResourceTypes", ResourceTypesView.as_view(), name="resource-types"),
    path("/ResourceTypes/<str:key>", ResourceTypesView.as_view(), name="resource-type"),
    path("/Schemas", SchemasView.as_view(), name="schemas"),
    path("/Schemas/<str:key>", SchemasView.as_view(), name="schema"),
    path("/Users", UsersView.as_view(), name="users"),
    path("/Users/<uuid:key>", UserView.as_view(), name="user"),
    path("/Me", ScimView.as_view(implemented=False), name="me"),
    path("/Bulk", ScimView.as_view(implemented=False), name="bulk"),
    path("/.search", ScimView.as_view(implemented=False), name="search"),
    path("/Users/.search", ScimView.as_view(implemented=False), name="users-search"),
    re_path(r"^(?P<rest>|/[\s\S]*)$", Unknown.as_view(), name="unknown"),
]
