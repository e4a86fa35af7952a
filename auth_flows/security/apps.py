"""Authenticator apps: several, each with a name."""

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import assurance_of
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows import enrolment
from auth_flows.assurance import Method
from auth_flows.held_back import too_many
from auth_flows.methods import recovery_code
from auth_flows.models import Authenticator
from auth_flows.security.access import owner, page, proven
from auth_flows.steps.enrol import FirstCodeForm
from ciam.lib.throttle import Limit, TooMany, hit

MOST = 10
TRIES = Limit("first code of an app", most=20, seconds=3_600)


class NameForm(forms.Form):
    label = forms.CharField(
        label=gettext_lazy("A name for it"),
        help_text=gettext_lazy("Such as “my phone”, so that you know later which one it is."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    account = owner(request, reverse("security-app-add"))
    form = NameForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "app_add", account, form=form)
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if _apps(account).count() >= MOST:
            messages.warning(request, _("You have enough of these. Remove one first."))
            return redirect("account")
        device = enrolment.begin(account, form.cleaned_data["label"], timezone.now())
    return redirect("security-app-confirm", device.pk)


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """The secret, until a first code of it comes; from then on no page shows it."""
    account = owner(request, reverse("security-app-confirm", args=[device_id]))
    now = timezone.now()
    device = enrolment.waiting(account, device_id, now)
    if device is None:
        return redirect("security-app-add")
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _confirmed(account, device, form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            proven(request, Method.TOTP)
            messages.success(request, _("Your authenticator app is set up."))
            has_codes = recovery_code.left(account) is not None
            return redirect("account" if has_codes else "security-codes")
    brand = assurance_of(request).brand
    mail = snapshot(account).email
    offer = enrolment.Offer.of(
        device.seed or "", brand.name if brand else _("Your account"), mail.value if mail else ""
    )
    return page(request, "app_confirm", account, form=form, more={"offer": offer})


def _confirmed(account: Account, device: Authenticator, code: str) -> None:
    now = timezone.now()
    try:
        hit(TRIES, str(account.pk), now)
    except TooMany as error:
        raise too_many(error) from error
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if not enrolment.confirm(device, code, now):
            sentence = _("This is not the code. Wait for the next one; check your device's clock.")
            raise ValidationError(sentence, code="wrong_code")


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """Give it another name."""
    account = owner(request, reverse("security-app", args=[device_id]))
    device = get_object_or_404(_apps(account), pk=device_id)
    form = NameForm(request.POST or None, initial={"label": device.label})
    if request.method == "GET" or not form.is_valid():
        more = {"device": device, "is_last": _is_last(account)}
        return page(request, "app", account, form=form, more=more)
    with transaction.atomic():
        Account.objects.locked([account.pk])
        _apps(account).filter(pk=device_id).update(label=form.cleaned_data["label"])
    messages.success(request, _("The name is saved."))
    return redirect("account")


@require_POST
def remove(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    account = owner(request, reverse("security-app", args=[device_id]))
    with transaction.atomic():
        Account.objects.locked([account.pk])
        device = get_object_or_404(_apps(account), pk=device_id)
        enrolment.remove(device, timezone.now())
    messages.success(request, _("Your authenticator app is removed. Delete the entry in the app as well."))
    return redirect("account")


def _apps(account: Account) -> "models.QuerySet[Authenticator]":
    kind = Authenticator.Kind.TOTP
    return Authenticator.objects.filter(account=account, kind=kind, confirmed_at__isnull=False)


def _is_last(account: Account) -> bool:
    """Whether nothing would be left but one step."""
    kinds = (Authenticator.Kind.PASSWORD, Authenticator.Kind.RECOVERY_CODE)
    held = Authenticator.objects.filter(account=account, confirmed_at__isnull=False).exclude(kind__in=kinds)
    return held.count() == 1
