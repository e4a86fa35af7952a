"""Who has somebody's data: one account at one target, and all of them on the account's page."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import FactsTable, ReadOnly, operator_of
from accounts.models import Account, Status
from provisioning import panels
from provisioning.admin.certificates import certificate_json, certificate_page
from provisioning.admin.shown import shown
from provisioning.models import Link
from provisioning.outbox import send_again

IN_STEP, BEHIND, NEEDS_HUMAN = "in step", "behind", "needs a human"


def state_of(link: Link) -> str:
    if link.needs_human:
        return NEEDS_HUMAN
    return BEHIND if link.is_behind and link.connector.keeps_state else IN_STEP


def links_of(account: Account) -> FactsTable:
    """What the targets know of an account, and of what they were told, for its page."""
    columns = (
        *(_("target"), _("state"), _("holds, for which purpose"), _("since"), _("last sent")),
        *(_("outcome"), _("told of events"), _("trouble"), ""),
    )
    told = {telling.connector.pk: telling for telling in panels.tellings(account)}
    rows: list[tuple[object, ...]] = []
    for link in panels.links_of_account(account):
        telling = told.pop(link.connector_id, None)
        rows.append(
            (
                *(link.connector.name, state_of(link), held_words(link), shown(link.held_since)),
                *(shown(link.sent_at), _outcome(link), _told(telling), link.needs_human or link.trouble),
                _preview_link(link.connector_id, account),
            )
        )
    rows += [
        (one.connector.name, "", "", "", "", "", _told(one), "", _preview_link(one.connector.pk, account))
        for one in told.values()
    ]
    return FactsTable(_title(account), columns, rows)


def held_words(link: Link) -> str:
    """Such as: email (newsletter), given_name (newsletter)."""
    purposes = link.held_for
    named = [f"{name} ({purposes[name]})" if name in purposes else name for name in link.held]
    return ", ".join(named)


def _outcome(link: Link) -> str:
    if link.erasure_asked_at:
        return _("%(outcome)s, asked %(when)s") % {
            "outcome": link.outcome,
            "when": shown(link.erasure_asked_at),
        }
    return link.outcome


def _told(telling: panels.Telling | None) -> str:
    if telling is None:
        return ""
    words = _("last %(when)s, %(waiting)d waiting, %(stuck)d need a human")
    when: datetime | None = telling.last_told
    return words % {"when": shown(when) or _("never"), "waiting": telling.waiting, "stuck": telling.stuck}


def _preview_link(connector_id: UUID, account: Account) -> SafeString:
    address = reverse("admin:provisioning_connector_preview", args=[connector_id])
    return format_html('<a href="{}?account={}">{}</a>', address, account.pk, _("what it may know now"))


def _title(account: Account) -> str:
    title = _("Who has this person's data")
    if account.status != Status.ERASED:
        return title
    address = reverse("admin:provisioning_link_certificate", args=[account.pk])
    return format_html('{} · <a href="{}">{}</a>', title, address, _("certificate of erasure"))


class LinkState(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state) for state in (BEHIND, NEEDS_HUMAN, IN_STEP)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Link]) -> QuerySet[Link]:
        behind = Q(is_behind=True, connector__keeps_state=True)
        states = {
            BEHIND: behind & Q(needs_human=""),
            NEEDS_HUMAN: ~Q(needs_human=""),
            IN_STEP: ~behind & Q(needs_human=""),
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
        *("erasure_asked_at", "erasure_task"),
    ]

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path(
                "certificate/<uuid:account_id>/",
                guarded(certificate_page(self)),
                name="provisioning_link_certificate",
            ),
            path(
                "certificate/<uuid:account_id>/json",
                guarded(certificate_json(self)),
                name="provisioning_link_certificate_json",
            ),
        ]
        return own + super().get_urls()

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

    @admin.display(description=gettext_lazy("account"))
    def account(self, link: Link) -> str:
        return str(link.account_id)[-12:]

    @admin.display(description=gettext_lazy("state"))
    def state(self, link: Link) -> str:
        return state_of(link)

    @admin.display(description=gettext_lazy("holds"))
    def holds(self, link: Link) -> str:
        return held_words(link)

    @admin.action(description=gettext_lazy("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        count = send_again(queryset, operator_of(request))
        said = ngettext("%(count)d link is sent again.", "%(count)d links are sent again.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
