"""Who answers for somebody too young to agree alone."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.identifiers import BadIdentifier, limit_key, normal_email
from auth_flows.facts import Facts, is_registering
from auth_flows.held_back import too_many
from auth_flows.methods.email_code import MAIL_LIMITS
from auth_flows.requirement import Need
from auth_flows.steps.base import Step
from ciam.lib.throttle import TooMany, hit


class GuardianForm(forms.Form):
    guardian = forms.CharField(
        label=_("Your mother's, father's or guardian's e-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True, "dir": "ltr"}),
    )


class Guardian(Step):
    name = "guardian"
    title = _("Somebody has to agree with you")
    form_class = GuardianForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return is_registering(facts) and facts.guardian_open

    def check(self, form: forms.Form) -> None:
        try:
            self.delivered, normal = normal_email(form.cleaned_data["guardian"])
        except BadIdentifier as error:
            raise ValidationError({"guardian": str(error)}) from error
        if limit_key(normal) == limit_key(self.walk.draft.normal):
            raise ValidationError({"guardian": _("This is your own address. Whose child are you?")})
        try:
            for limit in MAIL_LIMITS:
                hit(limit, limit_key(normal), self.walk.now)
        except TooMany as error:
            raise too_many(error) from error

    def apply(self, form: forms.Form) -> None:
        self.walk.draft.guardian = self.delivered
