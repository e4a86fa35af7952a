from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ReadOnly
from auth_flows.models import (
    AccessToken,
    BrowserSession,
    Client,
    DeviceGrant,
    Grant,
    IDToken,
    RefreshToken,
)
from auth_flows.policy_admin import SignInPolicyAdmin

__all__ = ["BrowserSessionAdmin", "ClientAdmin", "SignInPolicyAdmin"]

# django-oauth-toolkit registers pages that would show tokens and secrets: ours show facts.
for _model in (AccessToken, Client, DeviceGrant, Grant, IDToken, RefreshToken):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(Client)
class ClientAdmin(admin.ModelAdmin[Client]):
    list_display = ["name", "client_id", "brand", "client_type", "least_level", "first_party", "is_active"]
    list_filter = ["brand"]
    fields = [
        "name",
        "brand",
        "client_id",
        "client_type",
        "redirect_uris",
        "post_logout_redirect_uris",
        "scopes",
        "least_level",
        "require_pkce",
        "first_party",
        "is_active",
    ]
    readonly_fields = ["client_id", "client_type"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a secret must be shown once, and only to whoever makes it

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BrowserSession)
class BrowserSessionAdmin(ReadOnly):
    list_display = ["account", "brand", "created_at", "seen_at", "ends_at"]
    fields = ["account", "brand", "proofs", "agent", "created_at", "seen_at", "ends_at"]
    show_full_result_count = False
    ordering = ["-id"]
