"""One of the codes that were written down, for whoever lost the device."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from auth_flows.assurance import Method
from auth_flows.methods import recovery_code
from auth_flows.steps.base import ProofStep, count_try


class RecoveryCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Recovery code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "autofocus": True, "dir": "ltr"}
        ),
    )


class RecoveryCode(ProofStep):
    name = "recovery_code"
    method = Method.RECOVERY_CODE
    way = _("Use a recovery code")
    title = _("Enter a recovery code")
    form_class = RecoveryCodeForm

    def check(self, form: forms.Form) -> None:
        account = self.walk.account
        assert account is not None, "a second factor is asked of a known person only"
        count_try(self.walk)
        if not recovery_code.redeem(account, form.cleaned_data["code"], self.walk.now):
            raise ValidationError(
                _("This is none of your codes, or it was used. Each works once: try another."),
                code="wrong_code",
            )
