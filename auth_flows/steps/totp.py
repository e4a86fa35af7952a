"""The code of an authenticator app, for whoever has one."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.assurance import Method
from auth_flows.methods import totp
from auth_flows.steps.base import ProofStep, count_try
from auth_flows.steps.email_code import EmailCodeForm


class Totp(ProofStep):
    name = "totp"
    method = Method.TOTP
    way = _("Use my authenticator app")
    title = _("Enter the code of your app")
    form_class = EmailCodeForm

    def check(self, form: forms.Form) -> None:
        account = self.walk.account
        assert account is not None, "a second factor is asked of a known person only"
        count_try(self.walk)
        if not totp.redeem(account, form.cleaned_data["code"], self.walk.now):
            raise ValidationError(
                _("This code is wrong or was used. Wait for the next one."), code="wrong_code"
            )
