"""The password of whoever this is. Tries are counted, per account and address, before a hash is computed."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows import breached, limits
from auth_flows.assurance import Method
from auth_flows.held_back import too_many
from auth_flows.methods import password
from auth_flows.steps.base import ProofStep
from ciam.lib.throttle import TooMany


class PasswordForm(forms.Form):
    password = password.PasswordField(label=_("Password"), autocomplete="current-password")


class Password(ProofStep):
    name = "password"
    method = Method.PASSWORD
    way = _("Use my password")
    title = _("Enter your password")
    form_class = PasswordForm

    def context(self, form: forms.Form) -> dict[str, object]:
        return {"can_recover": not self.walk.operator}

    def check(self, form: forms.Form) -> None:
        try:
            asker = limits.count_password(self.walk)
        except TooMany as error:
            raise too_many(error) from error
        if not password.matches(asker.account, form.cleaned_data["password"]):
            limits.password_was_wrong(self.walk)
            raise ValidationError(str(self._no_match()), code="no_match")
        limits.password_was_right(self.walk, asker)
        self.is_breached = breached.is_known_for_sure(form.cleaned_data["password"])

    def apply(self, form: forms.Form) -> None:
        super().apply(form)
        self.walk.draft.breached = self.is_breached

    def _no_match(self) -> str | Promise:
        if self.walk.operator:
            return _("Address and password don't match. Check both.")
        return _("Address and password don't match. Check both, or have a code sent.")
