"""Who is it? An address. The same pages follow whether we know it or not."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.identifiers import BadIdentifier, normal_email
from auth_flows.facts import Facts
from auth_flows.models import Intent
from auth_flows.requirement import Need
from auth_flows.steps.base import Step


class IdentifyForm(forms.Form):
    identifier = forms.CharField(
        label=_("E-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "dir": "ltr"}),
    )

    def clean_identifier(self) -> str:
        said = str(self.cleaned_data["identifier"])
        try:
            self.delivered, self.normal = normal_email(said)
        except BadIdentifier as error:
            raise ValidationError(str(error), code="bad_identifier") from error
        return said


class Identify(Step):
    name = "identify"
    form_class = IdentifyForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return not facts.identifier

    @property
    def title(self) -> object:  # type: ignore[override]
        registering = self.walk.row.intent == Intent.REGISTER
        return _("Create your account") if registering else _("Sign in")

    def form(self, data: Any = None) -> forms.Form:
        hint = self.walk.draft.said or (self.walk.row.request or {}).get("login_hint") or ""
        return IdentifyForm(data, initial={"identifier": hint})

    def context(self, form: forms.Form) -> dict[str, object]:
        if self.walk.operator:
            return {}
        here = reverse("sign-in-step", args=[self.walk.row.pk])
        registering = self.walk.row.intent == Intent.REGISTER
        return {"sign_in_url" if registering else "register_url": f"{here}?intent={_other(registering)}"}

    def apply(self, form: forms.Form) -> None:
        assert isinstance(form, IdentifyForm)
        self.walk.draft.said = form.delivered
        self.walk.draft.normal = form.normal


def _other(registering: bool) -> str:
    return Intent.SIGN_IN if registering else Intent.REGISTER
