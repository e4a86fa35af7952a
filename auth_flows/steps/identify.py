"""Who is it? An address, or a phone number: the same pages follow whether we know it or not. Or a passkey,
which says it itself."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.identifiers import BadIdentifier, normal_email, normal_phone
from accounts.models import IdentifierKind
from auth_flows.assurance import Method
from auth_flows.facts import Facts, methods
from auth_flows.models import Intent
from auth_flows.requirement import Need
from auth_flows.steps.base import Step
from auth_flows.steps.passkey import answered, offer
from auth_flows.steps.upstream import brought


class IdentifyForm(forms.Form):
    identifier = forms.CharField(
        label=_("E-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "dir": "ltr"}),
    )

    kind = IdentifierKind.EMAIL

    def clean_identifier(self) -> str:
        said = str(self.cleaned_data["identifier"])
        if "passkey" in self.fields and self.data.get("passkey"):
            return said  # that says who it is
        try:
            self.delivered, self.normal = normal_email(said)
        except BadIdentifier as error:
            raise ValidationError(str(error), code="bad_identifier") from error
        return said


TITLES = {
    Intent.SIGN_IN: _("Sign in"),
    Intent.REGISTER: _("Create your account"),
    Intent.RECOVER: _("Choose a new password"),
}


class EitherForm(IdentifyForm):
    """A phone number will do as well: codes go there."""

    identifier = forms.CharField(
        label=_("E-mail address or phone number"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "dir": "ltr"}),
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_identifier(self) -> str:
        said = str(self.cleaned_data["identifier"])
        if "@" in said or self.data.get("passkey"):
            return super().clean_identifier()
        try:
            self.normal = normal_phone(said, self.country)
        except BadIdentifier:
            sentence = _("This is neither an e-mail address nor a phone number.")
            raise ValidationError(sentence, code="bad_identifier") from None
        self.delivered, self.kind = self.normal, IdentifierKind.PHONE
        return said


class Identify(Step):
    name = "identify"
    form_class = IdentifyForm

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return not facts.identifier

    @property
    def title(self) -> object:  # type: ignore[override]
        return TITLES[Intent(self.walk.row.intent)]

    def form(self, data: Any = None) -> forms.Form:
        hint = self.walk.draft.said or (self.walk.row.request or {}).get("login_hint") or ""
        form = self._empty(data, {"identifier": hint})
        if Method.PASSKEY in methods(self.walk.facts(), self.walk.need()):
            form.fields["passkey"] = offer(self.walk, required=False)
            # The browser offers passkeys where it offers addresses ("conditional mediation").
            form.fields["identifier"].widget.attrs["autocomplete"] = "username webauthn"
            form.fields["identifier"].required = not (data and data.get("passkey"))
        return form

    def _empty(self, data: Any, initial: dict[str, str]) -> IdentifyForm:
        if self.walk.texts and self.walk.row.intent == Intent.SIGN_IN and self.walk.brand:
            return EitherForm(data, initial=initial, country=self.walk.brand.country)
        return IdentifyForm(data, initial=initial)

    def context(self, form: forms.Form) -> dict[str, object]:
        if self.walk.operator:
            return {}
        here = reverse("sign-in-step", args=[self.walk.row.pk])
        if self.walk.row.intent == Intent.RECOVER:
            return {"back_url": f"{here}?intent={Intent.SIGN_IN}"}
        registering = self.walk.row.intent == Intent.REGISTER
        found = brought(self.walk)
        return {
            **found,
            "sign_in_url" if registering else "register_url": f"{here}?intent={_other(registering)}",
        }

    def check(self, form: forms.Form) -> None:
        said = form.cleaned_data.get("passkey")
        self.row = answered(self.walk, said, None) if said else None

    def apply(self, form: forms.Form) -> None:
        assert isinstance(form, IdentifyForm)
        if self.row is not None:
            self.walk.begin_with(self.row.account)
            self.walk.prove(Method.PASSKEY)
            return
        self.walk.draft.said = form.delivered
        self.walk.draft.normal = form.normal
        self.walk.draft.kind = form.kind.value


def _other(registering: bool) -> str:
    return Intent.SIGN_IN if registering else Intent.REGISTER
