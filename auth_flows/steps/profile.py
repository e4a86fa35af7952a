"""The form, filled from what we know: each value with its origin, to keep, correct or clear."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from accounts.attributes import ATTRIBUTES, Asked, Attribute, asked_at
from accounts.models import Source
from accounts.overview import origin
from accounts.values import BadValue, as_text
from auth_flows.facts import Facts, is_registering
from auth_flows.requirement import Need
from auth_flows.steps.base import Step
from auth_flows.walk import Walk


def asked_of(walk: Walk) -> list[Attribute]:
    """What registration asks, and whatever else we know already and the customer may change."""
    known = walk.known.values if walk.known else {}
    asked = asked_at(Asked.AT_REGISTRATION)
    more = [a for name, a in ATTRIBUTES.items() if name in known and Source.CUSTOMER in a.said_by]
    return [*asked, *(attribute for attribute in more if attribute not in asked)]


class Profile(Step):
    name = "profile"
    title = gettext_lazy("About you")

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return is_registering(facts) and not facts.profile_answered

    def form(self, data: Any = None) -> forms.Form:
        known = self.walk.known.values if self.walk.known else {}
        form = forms.Form(data)
        for attribute in asked_of(self.walk):
            form.fields[attribute.name] = forms.CharField(
                label=str(attribute.label),
                required=False,
                max_length=1_000,
                initial=as_text(known[attribute.name].value) if attribute.name in known else "",
                widget=forms.TextInput(attrs={"autocomplete": attribute.autocomplete}),
            )
        return form

    def context(self, form: forms.Form) -> dict[str, object]:
        known = self.walk.known.values if self.walk.known else {}
        return {
            "rows": [
                {"field": form[name], "origin": origin(known[name]) if name in known else "", "drop": None}
                for name in form.fields
            ]
        }

    def check(self, form: forms.Form) -> None:
        errors = {}
        for name in form.fields:
            said = str(form.cleaned_data.get(name, "")).strip()
            if said:
                try:
                    form.cleaned_data[name] = ATTRIBUTES[name].clean(said)
                except BadValue as error:
                    errors[name] = ValidationError(str(error), code="bad_value")
            else:
                form.cleaned_data[name] = None
        if errors:
            raise ValidationError(errors)

    def apply(self, form: forms.Form) -> None:
        values = {name: form.cleaned_data[name] for name in form.fields}
        known = self.walk.known.values if self.walk.known else {}
        self.walk.draft.profile = {name: value for name, value in values.items() if value is not None}
        self.walk.draft.dropped = [name for name in known if name in values and values[name] is None]
