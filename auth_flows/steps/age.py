"""How old somebody is who registers, where the brand asks. The date decides here and is not kept."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.draft import Draft
from auth_flows.facts import Facts, is_registering
from auth_flows.policies import policy_of
from auth_flows.requirement import Need
from auth_flows.steps.base import Stale, Step

OLDEST = 130
NOBODY = "-"
"""Instead of the address of whoever can't register: nothing of them is kept."""


class AgeForm(forms.Form):
    birthdate = forms.DateField(
        label=_("Date of birth"),
        help_text=_("Only to know whether you are old enough. We don't keep it."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday", "autofocus": True}),
    )


def birthday(born: dt.date, age: int) -> dt.date:
    """The day on which somebody reaches an age; who was born on 29 February does so on 1 March."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


class Age(Step):
    name = "age"
    title = _("How old are you?")

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return is_registering(facts) and facts.age_open

    def form(self, data: Any = None) -> forms.Form:
        return forms.Form(data) if self._is_over else AgeForm(data)

    @property
    def _is_over(self) -> bool:
        return self.walk.draft.age == "too_young"

    def context(self, form: forms.Form) -> dict[str, object]:
        return {"is_too_young": self._is_over}

    def check(self, form: forms.Form) -> None:
        if self._is_over:
            raise Stale
        today = self.walk.now.date()
        born: dt.date = form.cleaned_data["birthdate"]
        if not today.replace(year=today.year - OLDEST, day=1) <= born <= today:
            raise ValidationError({"birthdate": _("This is no date of birth.")})

    def apply(self, form: forms.Form) -> None:
        policy, draft = policy_of(self.walk.brand), self.walk.draft
        born, today = form.cleaned_data["birthdate"], self.walk.now.date()
        if policy.least_age is not None and birthday(born, policy.least_age) > today:
            self.walk.draft = Draft(normal=NOBODY, age="too_young")
        elif policy.guardian_below is not None and birthday(born, policy.guardian_below) > today:
            draft.age = "guardian"
            draft.guardian_until = birthday(born, policy.guardian_below).isoformat()
        else:
            draft.age = "enough"
