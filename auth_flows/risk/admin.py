"""The operator's workbench for risk: policies, what they decided, and what another one would have decided."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import events
from accounts.admin import FactsTable, ReadOnly, operator_of
from accounts.events import Change, EventType
from accounts.models import Account, Brand
from auth_flows import policies
from auth_flows.models import Assessment, SignInPolicy
from auth_flows.risk.forms import ReplayForm, SignInPolicyForm
from auth_flows.risk.policy import RiskPolicy
from auth_flows.risk.replay import OUTCOMES, replay
from auth_flows.risk.rules import RULES
from auth_flows.risk.weighing import readable

MOST_REPLAYED = 5_000
"""In a request. The command looks at all of them."""
MOST_SHOWN = 200
FORM = gettext_lazy(
    "As JSON, only what is unlike the usual, such as "
    '{"weights": {"new_device": 40}, "thresholds": {"challenge": 30, "refuse": null}}.'
)


def in_words(reasons: list[dict[str, Any]] | None) -> str:
    """A stored reason, by the sentence of its rule, if there still is one."""
    said = [(str(one.get("rule")), one.get("points")) for one in reasons or []]
    return " · ".join(
        f"{RULES[code].sentence if code in RULES else code} ({points})" for code, points in said
    )


def assessments_of(account: Account) -> FactsTable:
    """What was thought of an account's latest sign-ins."""
    rows = Assessment.objects.filter(account_id=account.pk).order_by("-id")[:20]
    lines = [
        (
            f"{row.at:%Y-%m-%d %H:%M:%S}",
            row.outcome,
            row.score,
            row.facts.get("country", ""),
            in_words(row.reasons),
        )
        for row in rows
    ]
    return FactsTable(_("Risk of sign-ins"), ("when", "outcome", "score", "country", "why"), lines)


@admin.register(SignInPolicy)
class SignInPolicyAdmin(admin.ModelAdmin[SignInPolicy]):
    form = SignInPolicyForm
    list_display = ["brand", "captcha", "trusted_device_days", "codes_by_sms", "has_shadow"]
    list_select_related = ["brand"]
    change_form_template = "admin/auth_flows/signinpolicy/change_form.html"
    fieldsets = [
        (None, {"fields": ["brand"]}),
        (
            gettext_lazy("Sessions and devices"),
            {"fields": ["session_idle_hours", "session_longest_hours", "trusted_device_days"]},
        ),
        (
            gettext_lazy("Registration"),
            {"fields": ["codes_by_sms", "least_age", "guardian_below", "questions_at_once"]},
        ),
        (gettext_lazy("Challenge"), {"fields": ["captcha", "captcha_site_key", "new_captcha_secret"]}),
        (gettext_lazy("Risk"), {"fields": ["risk", "shadow_risk"], "description": FORM}),
    ]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.replay_page)
        return [path("<uuid:key>/replay/", page, name="auth_flows_signinpolicy_replay"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignInPolicy]:
        return super().get_queryset(request).defer("captcha_secret")

    def get_readonly_fields(self, request: HttpRequest, obj: SignInPolicy | None = None) -> list[str]:
        return ["brand"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="tries another risk policy", boolean=True)
    def has_shadow(self, policy: SignInPolicy) -> bool:
        return policy.shadow_risk is not None

    def save_model(self, request: HttpRequest, obj: SignInPolicy, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            _record(request, obj, set(form.changed_data) if change else {"created"})
        policies.forget_cached()

    def replay_page(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Another policy on this brand's past sign-ins: try it, then let it run beside the live one."""
        found = get_object_or_404(self.get_queryset(request).select_related("brand"), pk=key)
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        begin_with = readable(found.shadow_risk) or readable(found.risk) or RiskPolicy()
        form = ReplayForm(request.POST or None, begin_with)
        may_change = self.has_change_permission(request, found)
        if form.is_valid() and "keep" in request.POST:
            if not may_change:
                raise PermissionDenied
            return self._keep(request, found, form.policy)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Another risk policy for %(brand)s") % {"brand": found.brand},
            "opts": self.model._meta,
            "original": found,
            "form": form,
            "may_change": may_change,
            "outcomes": [outcome.label for outcome in OUTCOMES],
            **(_shown(found.brand, form) if form.is_valid() else {}),
        }
        return TemplateResponse(request, "admin/auth_flows/signinpolicy/replay.html", context)

    def _keep(self, request: HttpRequest, found: SignInPolicy, policy: RiskPolicy) -> HttpResponse:
        with transaction.atomic():
            found.shadow_risk = policy.as_json()
            found.save(update_fields=["shadow_risk"])
            _record(request, found, {"shadow_risk"})
        said = _("From now on it is tried beside the live policy, and changes nothing.")
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:auth_flows_signinpolicy_change", args=[found.pk]))


def _record(request: HttpRequest, policy: SignInPolicy, fields: set[str]) -> None:
    if fields:
        change = Change(
            EventType.POLICY_CHANGED, None, operator_of(request), policy.brand_id, tuple(sorted(fields))
        )
        events.record([change])


def _shown(brand: Brand, form: ReplayForm) -> dict[str, object]:
    since = timezone.now() - dt.timedelta(days=form.cleaned_data["days"])
    found = replay(since, lambda _brand: form.policy, brand_id=brand.pk, most=MOST_REPLAYED, shown=MOST_SHOWN)
    return {
        "replay": found,
        "matrix": [(then.label, counts) for then, counts in found.rows()],
        "changed": [
            {
                "at": one.at,
                "account_id": str(one.account_id or ""),
                "then": one.then.label,
                "now": one.now.label,
                "score": one.score,
                "why": in_words([reason.as_json() for reason in one.reasons]),
            }
            for one in found.changed
        ],
    }


class OfBrand(admin.SimpleListFilter):
    title = "brand"
    parameter_name = "brand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Brand.objects.order_by("name").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> QuerySet[Assessment]:
        try:
            return queryset.filter(brand_id=UUID(self.value() or "")) if self.value() else queryset
        except ValueError:
            return queryset.none()


@admin.register(Assessment)
class AssessmentAdmin(ReadOnly):
    list_display = ["at", "outcome", "score", "why", "shadow_outcome", "shadow_score", "account_id"]
    list_filter = ["outcome", "shadow_outcome", OfBrand]
    search_fields = ["account_id__exact"]
    search_help_text = "An account's id."
    show_full_result_count = False
    ordering = ["-id"]
    fields = [
        "at",
        "sign_in_id",
        "account_id",
        "brand",
        "outcome",
        "score",
        "why",
        "shadow_outcome",
        "shadow_score",
        "shadow_why",
        "facts",
    ]
    readonly_fields = ["brand", "why", "shadow_why"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Assessment], search_term: str
    ) -> tuple[QuerySet[Assessment], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(account_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    @admin.display(description="brand")
    def brand(self, row: Assessment) -> str:
        found = Brand.objects.filter(pk=row.brand_id).first() if row.brand_id else None
        return str(found or "-")

    @admin.display(description="why")
    def why(self, row: Assessment) -> str:
        return in_words(row.reasons)

    @admin.display(description="why, by the policy that was tried")
    def shadow_why(self, row: Assessment) -> str:
        return in_words(row.shadow_reasons)
