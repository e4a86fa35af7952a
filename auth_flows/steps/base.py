"""What a page of a sign-in is."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from auth_flows.assurance import Method
from auth_flows.facts import Facts, next_method
from auth_flows.methods import email_code, totp
from auth_flows.requirement import Need
from auth_flows.walk import Walk, account_key
from ciam.lib.throttle import TooMany, hit


class Stale(Exception):
    """The page that was sent is not the one to answer now: it is shown anew."""


class Step:
    """A page: a form, what is checked of it, and what it changes.

    `check` runs outside a transaction, because a failed try must be counted whatever happens next; it raises
    ValidationError, or Stale. `apply` runs with the sign-in locked, and only if `check` let the form pass.
    """

    name: ClassVar[str]
    """Of its file, of its template, and in its page's address."""
    title: ClassVar[str | Promise]
    form_class: ClassVar[type[forms.Form]] = forms.Form

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        """Whether this page has to be answered now. Pure: asked again after each answer."""
        raise NotImplementedError

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


class ProofStep(Step):
    """A page on which a method is proven."""

    method: ClassVar[Method]
    way: ClassVar[str | Promise]
    """The words by which it is chosen as another way."""

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return next_method(facts, need) is cls.method

    def apply(self, form: forms.Form) -> None:
        self.walk.prove(self.method)


def too_many(error: TooMany) -> ValidationError:
    minutes = max(1, round(error.after / 60))
    return ValidationError(
        _("Too many attempts. Try again in %(minutes)d min."),
        code="too_many",
        params={"minutes": minutes, "after": error.after},
    )


def count_try(walk: Walk, *, in_this_sign_in: bool = True) -> None:
    """One more try of a code, before it is looked at; raises ValidationError past a limit. All kinds of codes
    are counted together: guessing doesn't start anew with another factor.

    `in_this_sign_in`: at most five here. Codes that are sent have five tries each instead.
    """
    try:
        if in_this_sign_in:
            hit(totp.PER_SIGN_IN, str(walk.row.pk), walk.now)
        hit(email_code.TRIES_AN_HOUR, account_key(walk), walk.now)
        hit(email_code.TRIES_A_DAY, account_key(walk), walk.now)
    except TooMany as error:
        raise too_many(error) from error


def network_address(request: HttpRequest) -> str:
    """The address that limits count. Proxies are believed only where the settings name them."""
    return str(request.META.get("REMOTE_ADDR", ""))
