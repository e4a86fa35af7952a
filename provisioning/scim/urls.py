"""`/scim/v2/…` (RFC 7644, section 3.2). What isn't there answers in SCIM's form too."""

from django.urls import path, re_path

from provisioning.scim.bulk import BulkView
from provisioning.scim.discovery import ResourceTypesView, SchemasView, ServiceProviderConfigView
from provisioning.scim.groups import GroupsView, GroupView
from provisioning.scim.search import GroupsSearchView, SearchView, UsersSearchView
from provisioning.scim.users import MeView, UsersView, UserView
from provisioning.scim.view import Unknown

app_name = "scim"

urlpatterns = [
    path("/ServiceProviderConfig", ServiceProviderConfigView.as_view(), name="service-provider-config"),
    path("/ResourceTypes", ResourceTypesView.as_view(), name="resource-types"),
    path("/ResourceTypes/<str:key>", ResourceTypesView.as_view(), name="resource-type"),
    path("/Schemas", SchemasView.as_view(), name="schemas"),
    path("/Schemas/<str:key>", SchemasView.as_view(), name="schema"),
    path("/Users", UsersView.as_view(), name="users"),
    path("/Users/<uuid:key>", UserView.as_view(), name="user"),
    path("/Groups", GroupsView.as_view(), name="groups"),
    path("/Groups/<uuid:key>", GroupView.as_view(), name="group"),
    path("/Me", MeView.as_view(), name="me"),
    path("/Bulk", BulkView.as_view(), name="bulk"),
    path("/.search", SearchView.as_view(), name="search"),
    path("/Users/.search", UsersSearchView.as_view(), name="users-search"),
    path("/Groups/.search", GroupsSearchView.as_view(), name="groups-search"),
    re_path(r"^(?P<rest>|/[\s\S]*)$", Unknown.as_view(), name="unknown"),
]
