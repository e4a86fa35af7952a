"""The operator's workbench for accounts: verbs as actions, facts as columns, ledgers read-only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import memberships
from accounts.events import Actor
from accounts.identifiers import BadIdentifier, normal_email
from accounts.models import (
    Account,
    Brand,
    Event,
    Identifier,
    Membership,
    MembershipStatus,
    ProfileValue,
    Segment,
)
from accounts.restriction import restrict, unrestrict
from accounts.values import as_text


@dataclass(frozen=True)
class FactsTable:
    """What an app tells of an account on the operator's page."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


account_panels: list[Callable[[Account], FactsTable]] = []
"""A door that `ciam.wiring` fills."""

PERSONAL = "accounts.view_personal_data"


def operator_of(request: HttpRequest) -> Actor:
    return Actor("operator", str(request.user.pk))


class ReadOnly(admin.ModelAdmin[Any]):
    """A page of facts: nothing to add, change or delete."""

    actions: Any = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonalInline(ReadOnlyInline):
    """Personal values, behind a permission of their own."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERSONAL)


class IdentifierInline(PersonalInline):
    model = Identifier
    fields = ("kind", "value", "scope", "label", "verified_at", "is_primary", "retired_at")
    readonly_fields = fields


class ProfileValueInline(PersonalInline):
    model = ProfileValue
    fields = ("attribute", "text", "source", "said_by", "said_at", "verified_at")
    readonly_fields = fields

    @admin.display(description="value")
    def text(self, row: ProfileValue) -> str:
        return as_text(row.value)


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("brand", "status", "how", "since", "registered_at", "suspended_by")
    readonly_fields = fields


@admin.register(Account)
class AccountAdmin(ReadOnly):
    list_display = [
        "short_id",
        "primary_email",
        "realm",
        "kind",
        "status",
        "brands",
        "restricted_at",
        "created_at",
    ]
    list_filter = ["realm", "kind", "status"]
    search_fields = ["identifiers__normal"]
    search_help_text = "An e-mail address, its beginning, or an account's id."
    show_full_result_count = False
    ordering = ["-id"]
    inlines = [IdentifierInline, MembershipInline, ProfileValueInline]
    readonly_fields = ["primary_email", "brands", "events", "facts"]
    fields = [
        "primary_email",
        "id",
        "realm",
        "kind",
        "status",
        "restricted_at",
        "brands",
        "version",
        "created_at",
        "facts",
        "events",
    ]
    actions = ["sign_out_everywhere", "pause_use", "resume_use"]

    def has_restrict_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_account")

    def has_sign_out_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_account")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).prefetch_related("identifiers", "memberships__brand")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if len(term) == 36 and term.count("-") == 4:
            return queryset.filter(pk=term), False
        try:
            exact = normal_email(term)[1]
        except BadIdentifier:
            exact = term.casefold()
        return queryset.filter(identifiers__normal__startswith=exact).distinct(), False

    @admin.display(description="account")
    def short_id(self, account: Account) -> str:
        return str(account.pk)[-12:]

    @admin.display(description="e-mail")
    def primary_email(self, account: Account) -> str:
        own = [row for row in account.identifiers.all() if row.kind == "email" and not row.scope]
        mails = [row for row in own if row.is_primary]
        return mails[0].value if mails else ""

    @admin.display(description="brands")
    def brands(self, account: Account) -> str:
        return ", ".join(membership.brand.name for membership in account.memberships.all())

    @admin.display(description="what the other parts know")
    def facts(self, account: Account) -> SafeString:
        return format_html_join("", "{}", ((_table(panel(account)),) for panel in account_panels))

    @admin.display(description="what happened")
    def events(self, account: Account) -> SafeString:
        rows = Event.objects.filter(account_id=account.pk).order_by("-id")[:50]
        columns = ("when", "what", "fields", "by")
        lines = [
            (
                f"{row.at:%Y-%m-%d %H:%M:%S}",
                row.type,
                ", ".join(row.fields),
                f"{row.actor_kind} {row.actor_id}",
            )
            for row in rows
        ]
        return _table(FactsTable("", columns, lines))

    @admin.action(description="Sign out everywhere", permissions=["sign_out"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            memberships.revoke_sessions(account, operator_of(request))
        self.message_user(request, f"{queryset.count()} accounts are signed out.", messages.SUCCESS)

    @admin.action(description="Pause the use of their data (GDPR, article 18)", permissions=["restrict"])
    def pause_use(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        done = [restrict(account.pk, operator_of(request), timezone.now()) for account in queryset]
        self.message_user(request, f"The use of data is paused for {sum(done)} accounts.", messages.SUCCESS)

    @admin.action(description="Resume the use of their data", permissions=["restrict"])
    def resume_use(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        done = [unrestrict(account.pk, operator_of(request), timezone.now()) for account in queryset]
        self.message_user(request, f"The use of data goes on for {sum(done)} accounts.", messages.SUCCESS)


def _table(table: FactsTable) -> SafeString:
    head = format_html_join("", "<th>{}</th>", ((column,) for column in table.columns))
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in table.rows),
    )
    title = format_html("<h3>{}</h3>", table.title) if table.title else ""
    return format_html("{}<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", title, head, body)


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin[Brand]):
    list_display = ["name", "slug", "default_locale", "is_default"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    """What people have with each brand. What an operator suspends no website resumes."""

    list_display = ["id", "account", "brand", "status", "suspended_by", "how", "since", "registered_at"]
    list_filter = ["brand", "status", "how"]
    list_select_related = ["account", "brand"]
    search_fields = ["id", "account_id"]
    search_help_text = "The id of a membership (a SCIM user) or of an account."
    show_full_result_count = False
    ordering = ["-since", "-id"]
    actions = ["suspend", "resume"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Membership], search_term: str
    ) -> tuple[QuerySet[Membership], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            key = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        return queryset.filter(Q(pk=key) | Q(account=key)), False

    def has_set_status_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_membership")

    @admin.action(description="Suspend with this brand", permissions=["set_status"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self._set(request, queryset.filter(status=MembershipStatus.ACTIVE), MembershipStatus.SUSPENDED)

    @admin.action(description="Resume with this brand", permissions=["set_status"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self._set(request, queryset.filter(status=MembershipStatus.SUSPENDED), MembershipStatus.ACTIVE)

    def _set(self, request: HttpRequest, members: QuerySet[Membership], status: MembershipStatus) -> None:
        changed = [memberships.set_status(member, status, operator_of(request)) for member in members]
        self.message_user(request, f"{sum(changed)} memberships are {status}.", messages.SUCCESS)


@admin.register(Segment)
class SegmentAdmin(ReadOnly):
    list_display = ["name", "brand", "created_at", "changed_at"]
    list_filter = ["brand"]
    fields = ["name", "brand", "external_ids", "created_at", "changed_at"]


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["at", "type", "account_id", "actor_kind", "actor_id", "fields_changed"]
    list_filter = ["type", "actor_kind"]
    search_fields = ["account_id__exact"]
    show_full_result_count = False
    ordering = ["-id"]

    @admin.display(description="fields")
    def fields_changed(self, event: Event) -> str:
        return ", ".join(event.fields)
