"""Terms to accept, and purposes to choose freely: the exact text, nothing ticked beforehand."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from auth_flows.draft import Answer
from auth_flows.facts import Facts
from auth_flows.requirement import Need
from auth_flows.steps.base import Stale, Step
from consent.models import PurposeVersion


def field_name(version: PurposeVersion) -> str:
    return f"agree_{version.purpose.key}"


def wording(version: PurposeVersion) -> tuple[str, str, str]:
    """(locale, title, text) as this page shows it."""
    return version.wording(get_language() or "en")


class Agreements(Step):
    name = "agreements"
    title = _("Terms and your choices")

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return facts.agreements_open and not facts.operator

    def form(self, data: Any = None) -> forms.Form:
        form = forms.Form(data)
        # An answer is to what was shown: a wording published meanwhile is shown first.
        form.fields["shown"] = forms.CharField(widget=forms.HiddenInput, initial=self._shown())
        for version in self.walk.open_agreements:
            required = version.purpose.required
            form.fields[field_name(version)] = forms.BooleanField(
                label=_("I accept") if required else _("Yes, I agree"),
                required=required,
                error_messages={"required": _("To go on, please accept the terms.")},
            )
        return form

    def context(self, form: forms.Form) -> dict[str, object]:
        shown = [
            {
                "title": wording(version)[1],
                "text": wording(version)[2],
                "field": form[field_name(version)],
                "required": version.purpose.required,
            }
            for version in self.walk.open_agreements
        ]
        return {
            "terms": next((item for item in shown if item["required"]), None),
            "purposes": [item for item in shown if not item["required"]],
        }

    def _shown(self) -> str:
        return " ".join(f"{version.pk}:{wording(version)[0]}" for version in self.walk.open_agreements)

    def check(self, form: forms.Form) -> None:
        if form.cleaned_data["shown"] != self._shown():
            raise Stale

    def apply(self, form: forms.Form) -> None:
        for version in self.walk.open_agreements:
            agreed = bool(form.cleaned_data.get(field_name(version)))
            self.walk.draft.answers[str(version.pk)] = Answer(agreed, wording(version)[0])
