"""The operator's workbench for identity providers, and for who is linked by them."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import PERSONAL, ReadOnly
from auth_flows.byoid import KINDS, kind_of
from auth_flows.byoid.calls import Talk
from auth_flows.byoid.identity import Trouble
from auth_flows.byoid.kind import callback_address
from auth_flows.byoid.offers import forget_cached
from auth_flows.models import LinkedIdentity, Provider
from auth_flows.upstream.provider_form import ProviderForm


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin[Provider]):
    form = ProviderForm
    list_display = ["name", "slug", "kind", "brand", "domains", "links_verified_email", "is_active"]
    list_filter = ["brand", "kind", "is_active"]
    list_select_related = ["brand"]
    actions = ["try_it"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["has_secret", "callback", "notices", "its_settings"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "brand", "is_active", "position"]}),
        (gettext_lazy("At the provider"), {"fields": ["callback", "notices"]}),
        (
            gettext_lazy("Client"),
            {"fields": ["issuer", "client_id", "has_secret", "new_secret", "settings", "its_settings"]},
        ),
        (
            gettext_lazy("Whom it decides about"),
            {
                "fields": ["domains", "links_verified_email"],
                "description": gettext_lazy(
                    "Whoever runs the provider can sign in as anybody who has an address at these domains, "
                    "at every brand."
                ),
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        return super().get_queryset(request).defer("client_secret")

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return False  # who is linked by it would be nobody: switch it off

    @admin.display(boolean=True, description=gettext_lazy("Has a secret"))
    def has_secret(self, provider: Provider) -> bool:
        return Provider.objects.filter(pk=provider.pk, client_secret__isnull=False).exists()

    @admin.display(description=gettext_lazy("Redirect URI"))
    def callback(self, provider: Provider) -> str:
        return callback_address(provider) if provider.slug else "—"

    @admin.display(description=gettext_lazy("Address for its notices"))
    def notices(self, provider: Provider) -> str:
        if not provider.slug:
            return "—"
        return f"{settings.BASE_URL}{reverse('upstream-notices', args=[provider.slug])}"

    @admin.display(description=gettext_lazy("What settings may hold"))
    def its_settings(self, provider: Provider) -> str:
        kind = KINDS.get(provider.kind)
        return "; ".join(f"{name}: {meaning}" for name, meaning in (kind.settings if kind else {}).items())

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        if form.cleaned_data["new_secret"]:
            obj.client_secret = form.cleaned_data["new_secret"]
        obj.save()
        forget_cached()

    @admin.action(description=gettext_lazy("Try discovery"), permissions=["change"])
    def try_it(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Asks the provider, and changes nothing there."""
        for provider in Provider.objects.filter(pk__in=queryset):
            try:
                kind_of(provider).check(provider, Talk())
            except Trouble as error:
                said = _("%(name)s does not work: %(why)s") % {"name": provider.name, "why": error}
                self.message_user(request, said, messages.ERROR)
            else:
                said = _("%(name)s answers as it should.") % {"name": provider.name}
                self.message_user(request, said, messages.SUCCESS)


@admin.register(LinkedIdentity)
class LinkedIdentityAdmin(ReadOnly):
    list_display = ["account", "provider", "created_at", "last_used_at"]
    list_filter = ["provider"]
    list_select_related = ["account", "provider"]
    show_full_result_count = False
    ordering = ["-id"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ["account", "provider", "created_at", "last_used_at"]
        return [*facts, "issuer", "subject", "label"] if request.user.has_perm(PERSONAL) else facts
