"""One or two questions about the profile, each of which can be left for another day."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.attributes import ATTRIBUTES
from accounts.values import BadValue
from auth_flows.facts import Facts
from auth_flows.requirement import Need
from auth_flows.steps.base import Step


class Questions(Step):
    name = "questions"
    title = _("One more thing, if you like")

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return facts.questions_open and not facts.operator and bool(facts.person and facts.person.full)

    def form(self, data: Any = None) -> forms.Form:
        form = forms.Form(data)
        for attribute in self.walk.open_questions:
            form.fields[attribute.name] = forms.CharField(
                label=str(attribute.label),
                required=False,
                max_length=1_000,
                widget=forms.TextInput(attrs={"autocomplete": attribute.autocomplete}),
            )
        return form

    def check(self, form: forms.Form) -> None:
        errors, self.told = {}, {}
        for name in form.fields:
            said = str(form.cleaned_data.get(name, "")).strip()
            if not said or "later" in form.data:
                continue
            try:
                self.told[name] = ATTRIBUTES[name].clean(said)
            except BadValue as error:
                errors[name] = ValidationError(str(error), code="bad_value")
        if errors:
            raise ValidationError(errors)

    def apply(self, form: forms.Form) -> None:
        self.walk.draft.asked = list(form.fields)
        self.walk.draft.told = self.told
