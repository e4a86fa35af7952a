"""A password, or a passkey instead: for a new account, for one that lacks it, or in place of a lost one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.assurance import Method
from auth_flows.facts import Facts, begins, is_choosing_anew, is_registering
from auth_flows.hashers import hashed
from auth_flows.methods.password import PasswordField
from auth_flows.models import Intent
from auth_flows.passkeys.credential import Credential
from auth_flows.password_rules import Unfit, judge, shortest, words_of
from auth_flows.requirement import Need
from auth_flows.steps import passkey
from auth_flows.steps.base import Step

LENGTH = _("At least %(least)d characters. Longer is safer: a few words are easy to remember.")


class ChoosePasswordForm(forms.Form):
    password = PasswordField(label=_("Password"), autocomplete="new-password")


class ChoosePassword(Step):
    name = "choose_password"
    title = _("Choose a password")
    form_class = ChoosePasswordForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        is_wanted = is_registering(facts) or is_choosing_anew(facts)
        return (is_wanted and not facts.credential_chosen) or begins(facts, need) is Method.PASSWORD

    made: Credential | None = None

    def form(self, data: Any = None) -> forms.Form:
        form = ChoosePasswordForm(data)
        form.fields["password"].help_text = LENGTH % {"least": shortest(has_second=self.has_second)}
        if self.walk.row.intent != Intent.RECOVER:
            form.fields["passkey"] = passkey.making(self.walk)
            form.fields["password"].required = not (data and data.get("passkey"))
        return form

    @property
    def has_second(self) -> bool:
        """Whether this password will never sign in alone."""
        person = self.walk.facts().person
        return bool(person and person.second)

    def check(self, form: forms.Form) -> None:
        if said := form.cleaned_data.get("passkey"):
            self.made = passkey.made(self.walk, said)
            return
        password = form.cleaned_data["password"]
        try:
            judge(password, words=self._words(), has_second=self.has_second)
        except Unfit as error:
            raise ValidationError({"password": str(error)}) from error
        # Hashed here, outside the transaction: it is the slowest thing that a sign-in does.
        self.hash = hashed(password)

    def _words(self) -> tuple[str, ...]:
        walk = self.walk
        said = (walk.draft.profile or {}).values()
        places = (walk.brand.name if walk.brand else "", walk.client.name if walk.client else "")
        known = words_of(walk.account) if walk.account else ()
        return (*known, *places, walk.draft.normal, *(value for value in said if isinstance(value, str)))

    def apply(self, form: forms.Form) -> None:
        self.walk.draft.passkey = self.made
        self.walk.draft.password_hash = "" if self.made else self.hash
        if self.walk.row.intent != Intent.RECOVER:
            # Whoever has just chosen it knows it, or has it.
            self.walk.prove(Method.PASSKEY if self.made else Method.PASSWORD)
