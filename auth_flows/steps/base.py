"""What a page of a sign-in is."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from auth_flows.walk import Walk
from ciam.lib.throttle import TooMany


class Step:
    """A page: a form, what is checked of it, and what it changes.

    `check` runs outside a transaction, because a failed try must be counted whatever happens next; it raises
    ValidationError. `apply` runs with the sign-in locked, and only if `check` let the form pass.
    """

    title: ClassVar[str | Promise]
    form_class: ClassVar[type[forms.Form]] = forms.Form

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def form(self, data: Any = None) -> forms.Form:
        return self.form_class(data)

    def enter(self) -> None:
        """Called once when a person's answer leads here."""

    def context(self, form: forms.Form) -> dict[str, object]:
        """What the template needs beside the form."""
        return {}

    def check(self, form: forms.Form) -> None:
        """Verify what was sent."""

    def apply(self, form: forms.Form) -> None:
        """Change the walk."""


def too_many(error: TooMany) -> ValidationError:
    minutes = max(1, round(error.after / 60))
    return ValidationError(
        _("Too many attempts. Try again in %(minutes)d min.") % {"minutes": minutes}, code="too_many"
    )


def network_address(request: HttpRequest) -> str:
    """The address that limits count. Proxies are believed only where the settings name them."""
    return str(request.META.get("REMOTE_ADDR", ""))
