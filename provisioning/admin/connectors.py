"""The operator's workbench for targets: make one, set it up, try it, and keep it in step."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import operator_of
from provisioning import breaker, matrix, matrix_editing, runs
from provisioning.admin import operating
from provisioning.admin.connector_form import (
    NewConnectorForm,
    event_fields,
    form_for,
    mapping_fields,
    setting_fields,
)
from provisioning.admin.matrix import matrix_page
from provisioning.admin.preview import preview_page
from provisioning.connectors import KINDS
from provisioning.connectors.base import TakesEvents
from provisioning.models import Connector, RunKind

STATE = ["brand", "kind", "needs_human", "failures", "paused_until", "prepared_at"]
# Changes of these alone leave what the target holds as it is.
OF_NO_CONCERN = {"name", "new_secret", "event_types"}


@admin.register(Connector)
class ConnectorAdmin(admin.ModelAdmin[Connector]):
    list_display = ["name", "brand", "kind", "purpose", "is_active", "needs_human", "paused_until"]
    list_filter = ["brand", "kind", "is_active"]
    list_select_related = ["brand", "purpose__brand"]
    actions = ["try_again", "resync"]
    change_form_template = "admin/provisioning/connector/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "<uuid:key>/matrix/": (matrix_page, "matrix"),
            "<uuid:key>/preview/": (preview_page, "preview"),
            "<uuid:key>/check/": (operating.check, "check"),
            "<uuid:key>/prepare/": (operating.prepare, "prepare"),
            "<uuid:key>/run/<str:kind>/": (operating.start_run, "run"),
            "<uuid:key>/stop/<uuid:run>/": (operating.stop_run, "stop"),
        }
        guarded = self.admin_site.admin_view
        own = [
            path(route, guarded(make(self)), name=f"provisioning_connector_{name}")
            for route, (make, name) in pages.items()
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connector]:
        return super().get_queryset(request).defer("secret")

    def has_delete_permission(self, request: HttpRequest, obj: Connector | None = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Connector | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Connector]]:
        form = form_for(obj) if obj else NewConnectorForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Connector | None = None) -> list[str]:
        return STATE if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Connector | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["name", "brand", "kind", "purpose"]})]
        where = gettext_lazy("The field at the target for each attribute. Empty: the attribute can't leave.")
        parts: list[tuple[Any, dict[str, Any]]] = [
            (None, {"fields": ["name", "purpose", "is_active", "new_secret"]}),
            (gettext_lazy("Settings"), {"fields": list(setting_fields(obj))}),
            (gettext_lazy("Mapping"), {"fields": list(mapping_fields(obj)), "description": where}),
            (gettext_lazy("Events"), {"fields": list(event_fields(obj))}),
            (gettext_lazy("State"), {"fields": STATE}),
        ]
        return [(title, part) for title, part in parts if part["fields"]]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Connector | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["desk"] = operating.desk_of(obj, may_change=self.has_change_permission(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Connector, form: Any, change: bool) -> None:
        if change:
            self._save(request, obj, form)
        else:
            self._make(request, obj)

    def _make(self, request: HttpRequest, obj: Connector) -> None:
        """Switched off, until its settings are there too."""
        kind = KINDS[obj.kind]
        obj.is_active = False
        obj.keeps_state = kind.batch_size > 0
        obj.event_types = list(kind.event_types) if isinstance(kind, TakesEvents) else []
        obj.save()
        matrix.fill(obj)
        matrix_editing.record(obj, {"created"}, operator_of(request), timezone.now())

    def _save(self, request: HttpRequest, obj: Connector, form: forms.ModelForm[Connector]) -> None:
        changed = set(form.changed_data)
        if form.cleaned_data["new_secret"]:
            obj.secret = form.cleaned_data["new_secret"]
        obj.prepared_at = None
        obj.save()
        breaker.start(obj)
        if not changed:
            return
        now, actor = timezone.now(), operator_of(request)
        matrix_editing.record(obj, changed, actor, now)
        if obj.is_active and obj.keeps_state and changed - OF_NO_CONCERN:
            runs.start(RunKind.RESYNC, obj, actor, now, afresh=True)
            self.message_user(request, _("Everybody is sent to it anew: see the runs."), messages.INFO)

    def response_add(
        self, request: HttpRequest, obj: Connector, post_url_continue: str | None = None
    ) -> HttpResponse:
        said = _("It is made, and switched off. Enter its settings, look at its matrix, then switch it on.")
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:provisioning_connector_change", args=[obj.pk]))

    @admin.action(description=gettext_lazy("Try again now"), permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        for connector in queryset:
            breaker.start(connector)
        self.message_user(request, _("They are tried again."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Resync everybody"), permissions=["change"])
    def resync(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        for connector in queryset.filter(keeps_state=True, is_active=True):
            runs.start(RunKind.RESYNC, connector, operator_of(request), timezone.now())
        self.message_user(request, _("The runs have begun."), messages.SUCCESS)
