"""A code by SMS: to the number that was typed, known or not, or to the one that is the person's own."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.identifiers import phone_of
from accounts.models import IdentifierKind
from auth_flows.assurance import Method
from auth_flows.methods import sms_code
from auth_flows.phones import TROUBLE, masked
from auth_flows.steps.base import ProofStep
from auth_flows.steps.email_code import EmailCodeForm
from auth_flows.trying import count_try
from auth_flows.walk import candidate
from ciam.lib.networks import network_of
from ciam.lib.throttle import TooMany


class SmsCode(ProofStep):
    name = "sms_code"
    method = Method.SMS_CODE
    way = _("Send me a code by SMS")
    title = _("Check your messages")
    form_class = EmailCodeForm

    def enter(self) -> None:
        """A code on its way. Where a limit holds it back the page says so."""
        if not sms_code.has_live_code(self.walk.row.pk, self.walk.now):
            try:
                self.send()
            except ValidationError:
                self.walk.request.sms_held_back = True  # type: ignore[attr-defined]

    def _number(self) -> str:
        """Before anything is proven the one that was typed; nobody's other number is told or used then."""
        own = phone_of(self.walk.account) if self.walk.account else None
        typed = self.walk.draft.normal if self.walk.draft.kind == IdentifierKind.PHONE else ""
        return own.normal if own else typed

    def send(self) -> None:
        """Raises ValidationError where a limit is reached."""
        walk, number = self.walk, self._number()
        found = candidate(walk) if number else None
        place = walk.brand.name if walk.brand else str(_("Your account"))
        try:
            sms_code.send(
                walk.row.pk,
                number,
                network_of(walk.request),
                place,
                walk.now,
                account_id=found.pk if found else None,
            )
        except TooMany as error:
            minutes = max(1, round(error.after / 60))
            sentence = _("We have just sent one. You can have a new code in %(minutes)d min.")
            told = {"minutes": minutes, "after": error.after}
            raise ValidationError(sentence, code="too_many", params=told) from error

    def context(self, form: forms.Form) -> dict[str, object]:
        is_known = self.walk.account is not None
        trouble = sms_code.trouble(self.walk.row.pk) if is_known else None
        return {
            "number": masked(self._number()) if is_known else self.walk.draft.said,
            "trouble": TROUBLE[trouble] if trouble else "",
            "is_resent": "resent" in self.walk.request.GET,
            "dev_sms_url": settings.DEMO_PHONE_URL,
        }

    def check(self, form: forms.Form) -> None:
        count_try(self.walk, in_this_sign_in=False)
        if sms_code.redeem(self.walk.row.pk, form.cleaned_data["code"], self.walk.now):
            return
        if sms_code.has_live_code(self.walk.row.pk, self.walk.now):
            raise ValidationError(
                _("This is not the code. Check the message and try again."), code="wrong_code"
            )
        raise ValidationError(_("This code is no longer good. Have a new one sent."), code="dead_code")
