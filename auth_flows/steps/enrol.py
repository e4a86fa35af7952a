"""A second factor, set up in the middle of a sign-in that needs one, for whoever never had any.

Nothing of it is the account's before the sign-in ends: until then the secret is in the draft.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from auth_flows.assurance import Method
from auth_flows.draft import Draft
from auth_flows.enrolment import Offer
from auth_flows.facts import Facts, begins
from auth_flows.methods import recovery_code, totp
from auth_flows.models import SignIn
from auth_flows.requirement import Need
from auth_flows.steps.base import Stale, Step


class FirstCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        # Without autofocus: what is to be scanned stands above it.
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"},
        ),
    )


class Enrol(Step):
    name = "enrol"
    title = _("Set up a second factor")
    form_class = FirstCodeForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return begins(facts, need) is Method.TOTP

    def context(self, form: forms.Form) -> dict[str, object]:
        self._offer()
        issuer = self.walk.brand.name if self.walk.brand else str(_("Your account"))
        return {"offer": Offer.of(self.walk.draft.totp_seed, issuer, self.walk.draft.said)}

    def _offer(self) -> None:
        """One secret for all tabs: the page that was scanned is the page that counts."""
        if self.walk.draft.totp_seed:
            return
        with transaction.atomic():
            row = SignIn.objects.select_for_update(of=("self",)).filter(pk=self.walk.row.pk).get()
            draft = Draft.from_text(row.draft)
            draft.totp_seed = draft.totp_seed or totp.new_seed()
            row.draft = draft.as_text()
            row.save(update_fields=["draft"])
        self.walk.draft.totp_seed = draft.totp_seed

    def check(self, form: forms.Form) -> None:
        if not self.walk.draft.totp_seed:
            raise Stale
        step = totp.step_of(self.walk.draft.totp_seed, form.cleaned_data["code"], self.walk.now)
        if step is None:
            raise ValidationError(
                _("This is not the code. Wait for the next one; if it goes on, check your device's clock."),
                code="wrong_code",
            )
        self.seed, self.step = self.walk.draft.totp_seed, step

    def apply(self, form: forms.Form) -> None:
        if self.walk.draft.totp_seed != self.seed:
            return
        self.walk.draft.totp_step = self.step
        self.walk.draft.recovery_codes = recovery_code.new_codes()
        self.walk.prove(Method.TOTP)
