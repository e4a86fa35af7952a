"""The field of a form in which a passkey's answer comes: hidden, empty, filled in by `ciam/passkey.js`."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auth_flows.passkeys.challenges import Ceremony

ACTS = {Ceremony.CREATE: "create", Ceremony.GET: "get"}
"""What the page's script calls in `navigator.credentials`."""


class AnswerInput(forms.HiddenInput):
    """`options` are made when the page is: a form that comes back needs a new challenge."""

    def __init__(self, ceremony: Ceremony, options: Callable[[], str]) -> None:
        super().__init__()
        self.ceremony, self.options = ceremony, options

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        said = {"data-passkey": ACTS[self.ceremony], "data-options": self.options()}
        return super().get_context(name, None, {**(attrs or {}), **said})


class PasskeyField(forms.Field):
    """What the browser answered, as JSON. Nothing is read of it here (`auth_flows.passkeys.bounds`)."""

    def __init__(self, ceremony: Ceremony, options: Callable[[], str], *, required: bool = True) -> None:
        super().__init__(
            required=required,
            widget=AnswerInput(ceremony, options),
            error_messages={
                "required": gettext_lazy(
                    "Your browser gave no passkey. Switch JavaScript on, or go another way."
                )
            },
        )


def refusal() -> ValidationError:
    """The same words for an unknown passkey, a wrong one, and one whose owner may not sign in."""
    return ValidationError(
        _("This passkey didn't work here, or it took too long. Try again, or go another way."),
        code="bad_passkey",
    )
