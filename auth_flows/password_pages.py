"""A customer's own password: set the first, change it, or do without. Asked anew who it is before each."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import assurance_of, customer
from accounts.events import Actor
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows.held_back import too_many
from auth_flows.methods.password import PasswordField
from auth_flows.models import Authenticator
from auth_flows.password_rules import Unfit, has_second, shortest
from auth_flows.passwords import OnlyWay, can_do_without, chosen, put_password, remove_password
from auth_flows.sessions import SessionStore, proofs_of, session_of
from auth_flows.steps.choose_password import LENGTH
from ciam.lib.throttle import Limit, TooMany, hit

FRESH_S = 600
SET = _("Your password is set. Wherever else you were signed in, you are signed out.")
GONE = _("Your password is gone. Wherever else you were signed in, you are signed out.")
CHANGES = Limit("new password", most=20, seconds=3_600)


class NewPasswordForm(forms.Form):
    password = PasswordField(label=_("New password"), autocomplete="new-password")


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    account = customer(request, within=FRESH_S, return_to=reverse("password"))
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    form.fields["password"].help_text = LENGTH % {"least": shortest(has_second=has_second(account))}
    if form.is_valid() and _changed(request, account, form):
        messages.success(request, SET)
        return redirect("account")
    had_one = _has_one(account)
    context = {
        **_frame(request, account),
        "form": form,
        "title": _("Change your password") if had_one else _("Set a password"),
        "can_remove": had_one and can_do_without(account),
    }
    response = render(request, "auth_flows/password.html", context)
    if form.has_error("__all__", "too_many"):
        response.status_code = 429
        response["Retry-After"] = str(CHANGES.seconds)
    return response


def _changed(request: HttpRequest, account: Account, form: forms.Form) -> bool:
    try:
        hit(CHANGES, str(account.pk), timezone.now())
        fresh_hash = chosen(account, form.cleaned_data["password"])
    except TooMany as error:
        form.add_error(None, too_many(error))
        return False
    except Unfit as error:
        form.add_error("password", str(error))
        return False
    with transaction.atomic():
        put_password(account, fresh_hash, _actor(account), timezone.now(), session_of(request))
        _renew(request)
    return True


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    account = customer(request, within=FRESH_S, return_to=reverse("password-remove"))
    if not _has_one(account):
        return redirect("password")
    if request.method == "POST":
        try:
            with transaction.atomic():
                remove_password(account, _actor(account), timezone.now(), session_of(request))
                _renew(request)
        except OnlyWay:
            messages.error(request, _("Your password is your only way in. Add another one first."))
            return redirect("password")
        messages.success(request, GONE)
        return redirect("account")
    return render(request, "auth_flows/password_remove.html", _frame(request, account))


def _renew(request: HttpRequest) -> None:
    """This browser stays signed in, by a new key."""
    assert isinstance(request.session, SessionStore)
    request.session.raise_level(proofs_of(session_of(request)))


def _has_one(account: Account) -> bool:
    return Authenticator.objects.filter(account=account, kind=Authenticator.Kind.PASSWORD).exists()


def _actor(account: Account) -> Actor:
    return Actor("customer", str(account.pk))


def _frame(request: HttpRequest, account: Account) -> dict[str, object]:
    known = snapshot(account)
    return {
        "account_name": known.name,
        "identifier": known.email.value if known.email else "",
        "brand": assurance_of(request).brand,
        "sign_out_url": reverse("oidc-logout"),
        "nav": [{"url": reverse("account"), "label": _("Your account"), "current": False}],
    }
