"""A policy as an operator edits it: as JSON on its own page, as numbers where it is tried."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.models import Captcha, SignInPolicy
from auth_flows.risk.policy import MOST, THRESHOLDS, BadPolicy, RiskPolicy
from auth_flows.risk.rules import RULES

NEEDS_KEYS = {Captcha.TURNSTILE, Captcha.HCAPTCHA, Captcha.RECAPTCHA}
DAYS = [(1, _("last day")), (7, _("last 7 days")), (30, _("last 30 days")), (90, _("last 90 days"))]


def checked(stored: object) -> RiskPolicy:
    """Raises ValidationError, with a sentence for each thing that is wrong."""
    try:
        return RiskPolicy.from_json(stored)
    except BadPolicy as error:
        raise ValidationError(list(error.sentences)) from error


class Policy(forms.JSONField):
    """No policy is an empty field."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class SignInPolicyForm(forms.ModelForm[SignInPolicy]):
    new_captcha_secret = forms.CharField(
        label=_("New secret of the challenge's provider"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown. Empty: the one there is stays."),
    )

    class Meta:
        model = SignInPolicy
        fields = (
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
        )
        field_classes = {"risk": Policy, "shadow_risk": Policy}

    def clean_risk(self) -> Any:
        return checked(self.cleaned_data["risk"] or {}).as_json()

    def clean_shadow_risk(self) -> Any:
        shadow = self.cleaned_data["shadow_risk"]
        return None if shadow is None else checked(shadow).as_json()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("captcha") in NEEDS_KEYS:
            if not cleaned.get("captcha_site_key"):
                self.add_error("captcha_site_key", _("This provider gives a site key: enter it."))
            if not cleaned.get("new_captcha_secret") and not self._has_secret():
                self.add_error("new_captcha_secret", _("This provider gives a secret: enter it."))
        idle, longest = cleaned.get("session_idle_hours"), cleaned.get("session_longest_hours")
        if idle and longest and idle > longest:
            self.add_error("session_idle_hours", _("A session can't be unused for longer than it lasts."))
        return cleaned

    def _has_secret(self) -> bool:
        """A secret stays with its provider."""
        held = SignInPolicy.objects.filter(pk=self.instance.pk, captcha_secret__isnull=False)
        return held.filter(captcha=self.cleaned_data["captcha"]).exists()

    def save(self, commit: bool = True) -> SignInPolicy:
        if self.cleaned_data["new_captcha_secret"]:
            self.instance.captcha_secret = self.cleaned_data["new_captcha_secret"]
        elif "captcha" in self.changed_data:
            self.instance.captcha_secret = None  # another provider's
        saved: SignInPolicy = super().save(commit)
        return saved


class ReplayForm(forms.Form):
    """The thresholds and weights of a policy as fields."""

    days = forms.TypedChoiceField(label=_("Try it on the sign-ins of the"), choices=DAYS, coerce=int)

    def __init__(self, data: Mapping[str, Any] | None, policy: RiskPolicy) -> None:
        start: dict[str, Any] = {"days": 30}
        start |= {f"threshold_{outcome}": policy.threshold(outcome) for outcome in THRESHOLDS}
        start |= {f"weight_{code}": policy.weight(code) for code in RULES}
        super().__init__(data, initial=start)
        for outcome in THRESHOLDS:
            self.fields[f"threshold_{outcome}"] = forms.IntegerField(
                label=outcome.label.capitalize(),
                required=False,
                min_value=1,
                max_value=MOST,
                help_text=_("From so many points on. Empty: never."),
            )
        for code, rule in RULES.items():
            self.fields[f"weight_{code}"] = forms.IntegerField(
                label=code.replace("_", " ").capitalize(),
                min_value=0,
                max_value=MOST,
                help_text=str(rule.sentence),
            )

    def thresholds(self) -> list[forms.BoundField]:
        return [self[f"threshold_{outcome}"] for outcome in THRESHOLDS]

    def weights(self) -> list[forms.BoundField]:
        return [self[f"weight_{code}"] for code in RULES]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self.policy = checked(
                {
                    "thresholds": {outcome.value: cleaned[f"threshold_{outcome}"] for outcome in THRESHOLDS},
                    "weights": {code: cleaned[f"weight_{code}"] for code in RULES},
                }
            )
        return cleaned
