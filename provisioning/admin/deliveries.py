"""Deliveries: events on their way to targets that take events. Names of what changed, never values."""

from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import ReadOnly
from ciam.lib.wake import wake
from provisioning.models import Delivery, DeliveryState


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = [
        *(
            "at",
            "connector",
            "event_type",
            "account",
            "state",
            "settled_at",
            "tries",
            "needs_human",
            "trouble",
        )
    ]
    list_filter = ["connector", "state"]
    list_select_related = ["connector"]
    search_fields = ["account_id"]
    search_help_text = gettext_lazy("An account's id.")
    show_full_result_count = False
    ordering = ["-id"]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("connector__secret")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(account_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("provisioning.change_delivery")

    @admin.display(description=gettext_lazy("account"))
    def account(self, delivery: Delivery) -> str:
        return str(delivery.account_id)[-12:]

    @admin.action(description=gettext_lazy("Try again those that wait"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        waiting = Delivery.objects.filter(
            pk__in=queryset.values("pk"), state=DeliveryState.WAITING, claim=None
        )
        count = waiting.update(needs_human="", tries=0, not_before=timezone.now())
        wake("provisioning.sweep")
        said = ngettext("%(count)d delivery is tried again.", "%(count)d deliveries are tried again.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
