"""How a brand's customers sign in, for the operator who decides it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from auth_flows.models import SignInPolicy
from ciam.lib.captcha import HOSTED, hosted


class SignInPolicyForm(forms.ModelForm[SignInPolicy]):
    new_captcha_secret = forms.CharField(
        label=_("Captcha secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown. Empty: it stays as it is."),
    )

    class Meta:
        model = SignInPolicy
        fields = [
            "brand",
            "trusted_device_days",
            "session_idle_hours",
            "session_longest_hours",
            "codes_by_sms",
            "least_age",
            "guardian_below",
            "questions_at_once",
            "captcha",
            "captcha_site_key",
            "risk",
            "shadow_risk",
        ]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        self.instance.captcha_secret = said.get("new_captcha_secret") or self.instance.captcha_secret
        chosen = said.get("captcha", "")
        keys = said.get("captcha_site_key", ""), self.instance.captcha_secret or ""
        if chosen in HOSTED and hosted(chosen, *keys) is None:
            raise ValidationError({"captcha": _("This vendor needs a site key and a secret.")})
        return said


@admin.register(SignInPolicy)
class SignInPolicyAdmin(admin.ModelAdmin[SignInPolicy]):
    form = SignInPolicyForm
    list_display = ["brand", "captcha", "trusted_device_days", "codes_by_sms", "least_age"]
    list_select_related = ["brand"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the values that stand in its place are another policy
