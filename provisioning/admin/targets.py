"""The operator's workbench for targets. Secrets go in and never come out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import FactsTable, ReadOnly, operator_of
from accounts.attributes import ATTRIBUTES
from accounts.models import Account
from provisioning import breaker, panels
from provisioning.admin.of_one_brand import OfOneBrand
from provisioning.connectors import KINDS
from provisioning.mapping import EMAIL
from provisioning.models import Connector, Link
from provisioning.outbox import send_again

IN_STEP, BEHIND, NEEDS_HUMAN = "in step", "behind", "needs a human"


def state_of(link: Link) -> str:
    if link.needs_human:
        return NEEDS_HUMAN
    return BEHIND if link.is_behind else IN_STEP


def links_of(account: Account) -> FactsTable:
    """What the targets know of an account, for its page."""
    columns = (_("target"), _("state"), _("holds"), _("last sent"), _("trouble"))
    rows = [
        (link.connector.name, state_of(link), ", ".join(link.held), _shown(link.sent_at), link.trouble)
        for link in panels.links_of_account(account)
    ]
    return FactsTable(_("Who has this person's data"), columns, rows)


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


class LinkState(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state) for state in (BEHIND, NEEDS_HUMAN, IN_STEP)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Link]) -> QuerySet[Link]:
        states = {
            BEHIND: Q(is_behind=True, needs_human=""),
            NEEDS_HUMAN: ~Q(needs_human=""),
            IN_STEP: Q(is_behind=False, needs_human=""),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


@admin.register(Link)
class LinkAdmin(ReadOnly):
    list_display = ["connector", "account", "state", "holds", "outcome", "sent_at", "tries", "trouble"]
    list_filter = ["connector", LinkState, "outcome"]
    list_select_related = ["connector"]
    search_fields = ["account_id"]
    search_help_text = gettext_lazy("An account's id.")
    show_full_result_count = False
    ordering = ["-id"]
    actions = ["send_again"]
    fields = [
        *("connector", "account_id", "member_id", "remote_id", "state", "needs_human", "trouble", "tries"),
        *("holds", "held_since", "outcome", "sent_at", "behind_since", "not_before", "created_at"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        return super().get_queryset(request).defer("connector__secret")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Link], search_term: str
    ) -> tuple[QuerySet[Link], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(account_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("provisioning.change_link")

    @admin.display(description="account")
    def account(self, link: Link) -> str:
        return str(link.account_id)[-12:]

    @admin.display(description="state")
    def state(self, link: Link) -> str:
        return state_of(link)

    @admin.display(description="holds")
    def holds(self, link: Link) -> str:
        return ", ".join(link.held)

    @admin.action(description=gettext_lazy("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        count = send_again(queryset, operator_of(request))
        said = ngettext("%(count)d link is sent again.", "%(count)d links are sent again.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)


class ConnectorForm(OfOneBrand, forms.ModelForm[Connector]):
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in sorted(KINDS)])
    new_secret = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stored encrypted and never shown. Empty: the one there is stays."),
    )

    class Meta:
        model = Connector
        fields = ["name", "brand", "kind", "purpose", "is_active", "settings", "mapping"]

    def clean_settings(self) -> dict[str, Any]:
        return self._an_object("settings")

    def clean_mapping(self) -> dict[str, Any]:
        mapping = self._an_object("mapping")
        unknown = sorted(mapping.keys() - {EMAIL, *ATTRIBUTES})
        if unknown:
            raise forms.ValidationError(_("There is no attribute %(name)s.") % {"name": unknown[0]})
        if not all(isinstance(field, str) and field for field in mapping.values()):
            raise forms.ValidationError(_("Each attribute needs the name of a field."))
        return mapping

    def _an_object(self, name: str) -> dict[str, Any]:
        value = self.cleaned_data[name] or {}
        if not isinstance(value, dict):
            raise forms.ValidationError(_("This must be a JSON object."))
        return value


@admin.register(Connector)
class ConnectorAdmin(admin.ModelAdmin[Connector]):
    form = ConnectorForm
    list_display = ["name", "brand", "kind", "purpose", "is_active", "needs_human", "paused_until"]
    list_filter = ["brand", "kind", "is_active"]
    readonly_fields = ["needs_human", "failures", "paused_until", "prepared_at"]
    fields = [
        *("name", "brand", "kind", "purpose", "is_active", "settings", "mapping", "new_secret"),
        *readonly_fields,
    ]
    actions = ["try_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connector]:
        return super().get_queryset(request).defer("secret")

    def has_delete_permission(self, request: HttpRequest, obj: Connector | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Connector, form: ConnectorForm, change: bool) -> None:
        if form.cleaned_data["new_secret"]:
            obj.secret = form.cleaned_data["new_secret"]
        obj.prepared_at = None
        super().save_model(request, obj, form, change)
        breaker.start(obj)

    @admin.action(description=gettext_lazy("Try again now"), permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        for connector in queryset:
            breaker.start(connector)
        self.message_user(request, _("They are tried again."), messages.SUCCESS)
