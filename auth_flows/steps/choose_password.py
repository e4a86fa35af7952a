"""A password for a new account, or a new one for whoever forgot it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.facts import Facts, is_choosing_anew, is_registering
from auth_flows.methods import password
from auth_flows.requirement import Need
from auth_flows.steps.base import Step


class ChoosePasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        max_length=password.LONGEST,
        strip=False,
        help_text=_("At least 8 characters. Longer is safer: a few words are easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )


class ChoosePassword(Step):
    name = "choose_password"
    title = _("Choose a password")
    form_class = ChoosePasswordForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return (is_registering(facts) or is_choosing_anew(facts)) and not facts.credential_chosen

    def check(self, form: forms.Form) -> None:
        brand = self.walk.brand.name if self.walk.brand else ""
        local = self.walk.draft.normal.partition("@")[0]
        try:
            password.judge(form.cleaned_data["password"], context=(brand, local, self.walk.draft.normal))
        except password.Unfit as error:
            raise ValidationError({"password": str(error)}) from error
        # Hashed here, outside the transaction: it is the slowest thing that a sign-in does.
        self.hash = password.hashed(form.cleaned_data["password"])

    def apply(self, form: forms.Form) -> None:
        self.walk.draft.password_hash = self.hash
