"""A code in the mailbox. It goes to whatever address was typed, known or not: the page is the same."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.identifiers import limit_key
from accounts.models import IdentifierKind, Kind
from auth_flows import limits
from auth_flows.assurance import Method
from auth_flows.held_back import too_many
from auth_flows.methods import email_code
from auth_flows.models import Intent
from auth_flows.steps.base import ProofStep
from auth_flows.walk import candidate
from ciam.lib.throttle import TooMany


class EmailCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "dir": "ltr"}
        ),
    )

    def clean_code(self) -> str:
        return "".join(str(self.cleaned_data["code"]).split())


class EmailCode(ProofStep):
    name = "email_code"
    method = Method.EMAIL_CODE
    way = _("Send me a code by e-mail")
    title = _("Check your mail")
    form_class = EmailCodeForm

    def enter(self) -> None:
        """A code on its way. Where a limit holds it back the page says so."""
        if not email_code.has_live_code(self.walk.row, self.walk.now):
            try:
                self.send()
            except ValidationError:
                self.walk.request.mail_held_back = True  # type: ignore[attr-defined]

    def send(self) -> None:
        """Raises ValidationError where a limit is reached."""
        walk = self.walk
        app = walk.client.name if walk.client else ""
        try:
            said, normal = walk.mailbox
            limits.count_mail(walk, limit_key(normal))
            email_code.send(walk.row, said, app, walk.now, has_account=self._has_account())
        except TooMany as error:
            minutes = max(1, round(error.after / 60))
            sentence = _("We have just sent one. You can have a new code in %(minutes)d min.")
            told = {"minutes": minutes, "after": error.after}
            raise ValidationError(sentence, code="too_many", params=told) from error

    def _has_account(self) -> bool:
        """Whether somebody who came to make an account has one. For the mail alone: no page may show it."""
        found = candidate(self.walk)
        return self.walk.row.intent == Intent.REGISTER and found is not None and found.kind == Kind.FULL

    def context(self, form: forms.Form) -> dict[str, object]:
        mailbox = f"{settings.BASE_URL}/dev/mail/" if settings.MODE == "demo" else ""
        context: dict[str, object] = {"dev_mail_url": mailbox, "is_resent": "resent" in self.walk.request.GET}
        # Whoever came by a phone number has proven no address: none is told.
        return context | ({"identifier": ""} if self.walk.draft.kind == IdentifierKind.PHONE else {})

    def check(self, form: forms.Form) -> None:
        try:
            limits.count_code(self.walk)
        except TooMany as error:
            raise too_many(error) from error
        if email_code.redeem(self.walk.row, form.cleaned_data["code"], self.walk.now):
            return
        self.walk.row.refresh_from_db(fields=["code_tries", "code_hash", "code_ends_at"])
        if email_code.has_live_code(self.walk.row, self.walk.now):
            raise ValidationError(_("This is not the code. Check the mail and try again."), code="wrong_code")
        raise ValidationError(_("This code is no longer good. Have a new one sent."), code="dead_code")
