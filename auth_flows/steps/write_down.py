"""The recovery codes that come with a first second factor: shown here and nowhere else."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from auth_flows.facts import Facts
from auth_flows.requirement import Need
from auth_flows.steps.base import Step


class WriteDownForm(forms.Form):
    written = forms.BooleanField(
        label=_("I have written them down"),
        error_messages={"required": _("Write them down or print them first: they are not shown again.")},
    )


class WriteDown(Step):
    name = "write_down"
    title = _("Your recovery codes")
    form_class = WriteDownForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return facts.codes_to_write

    def context(self, form: forms.Form) -> dict[str, Any]:
        return {"codes": self.walk.draft.recovery_codes}

    def apply(self, form: forms.Form) -> None:
        self.walk.draft.codes_written = True
