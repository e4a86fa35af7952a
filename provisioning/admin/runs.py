"""Runs: how far each is, who began it, and the button that stops it."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import ReadOnly
from provisioning import runs
from provisioning.admin.shown import progress
from provisioning.models import Run


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = [
        *(
            "connector",
            "kind",
            "state",
            "progress",
            "changed",
            "started_at",
            "ended_at",
            "begun_by",
            "trouble",
        )
    ]
    list_filter = ["connector", "kind", "state"]
    list_select_related = ["connector"]
    ordering = ["-id"]
    actions = ["stop"]
    fields = [
        *("connector", "kind", "state", "progress", "changed", "trouble", "cursor", "not_before", "tries"),
        *("started_at", "ended_at", "begun_by"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return super().get_queryset(request).defer("connector__secret")

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("provisioning.change_connector")

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, run: Run) -> str:
        return progress(run.seen, run.expected)

    @admin.display(description=gettext_lazy("begun by"))
    def begun_by(self, run: Run) -> str:
        return f"{run.actor_kind} {run.actor_id[-12:]}"

    @admin.action(description=gettext_lazy("Stop"), permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        count = sum(runs.stop(run, timezone.now()) for run in queryset)
        said = ngettext("%(count)d run is stopped.", "%(count)d runs are stopped.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
