"""A password, or a passkey instead: for a new account, or for one that needs one to go on."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.assurance import Method
from auth_flows.facts import Facts, begins, is_registering
from auth_flows.methods import password
from auth_flows.passkeys.credential import Credential
from auth_flows.models import Intent
from auth_flows.requirement import Need
from auth_flows.steps import passkey
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
        is_begun = is_registering(facts) and not facts.credential_chosen
        return is_begun or begins(facts, need) is Method.PASSWORD

    made: Credential | None = None

    def form(self, data: Any = None) -> forms.Form:
        form = ChoosePasswordForm(data)
        form.fields["passkey"] = passkey.making(self.walk)
        form.fields["password"].required = not (data and data.get("passkey"))
        return form

    def check(self, form: forms.Form) -> None:
        if said := form.cleaned_data["passkey"]:
            self.made = passkey.made(self.walk, said)
            return
        brand = self.walk.brand.name if self.walk.brand else ""
        local = self.walk.draft.normal.partition("@")[0]
        try:
            password.judge(form.cleaned_data["password"], context=(brand, local, self.walk.draft.normal))
        except password.Unfit as error:
            raise ValidationError({"password": str(error)}) from error
        # Hashed here, outside the transaction: it is the slowest thing that a sign-in does.
        self.hash = password.hashed(form.cleaned_data["password"])

    def apply(self, form: forms.Form) -> None:
        self.walk.draft.passkey = self.made
        self.walk.draft.password_hash = "" if self.made else self.hash
        if self.walk.row.intent != Intent.RECOVER:
            # Whoever has just chosen it knows it, or has it.
            self.walk.prove(Method.PASSKEY if self.made else Method.PASSWORD)
