"""A phone number for codes by SMS: proven by one, then the account's own."""

import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import assurance_of
from accounts.identifiers import BadIdentifier, normal_phone, phone_of
from accounts.models import Account, AddressChange
from auth_flows import phones, sms
from auth_flows.assurance import Method
from auth_flows.held_back import too_many
from auth_flows.methods import recovery_code, sms_code
from auth_flows.policies import policy_of
from auth_flows.security.access import owner, page, proven
from auth_flows.steps.email_code import EmailCodeForm
from ciam.lib.networks import network_of
from ciam.lib.throttle import TooMany


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        help_text=gettext_lazy("Of a mobile phone, with the country's code: +49 …"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "dir": "ltr"}),
    )


def _owner(request: HttpRequest, back: str) -> Account:
    if not (sms.is_on() and policy_of(assurance_of(request).brand).codes_by_sms):
        raise Http404
    return owner(request, back)


@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """The number that there is, and another one instead."""
    account = _owner(request, reverse("security-phone"))
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change = _asked(request, account, form.cleaned_data["phone"])
        except ValidationError as error:
            form.add_error("phone", error)
        else:
            return redirect("security-phone-confirm", change.pk)
    own = phone_of(account)
    return page(request, "phone", account, form=form, more={"number": own.value if own else ""})


def _asked(request: HttpRequest, account: Account, said: str) -> AddressChange:
    brand, now = assurance_of(request).brand, timezone.now()
    try:
        normal = normal_phone(said, brand.country if brand else "")
    except BadIdentifier as error:
        raise ValidationError(str(error), code="bad_identifier") from error
    if not sms.leads_to(normal):
        raise ValidationError(_("We send no messages to this country."), code="bad_identifier")
    change = phones.begin(account, normal, now)
    _send(request, account, change)
    return change


def _send(request: HttpRequest, account: Account, change: AddressChange) -> None:
    brand = assurance_of(request).brand
    place = brand.name if brand else _("Your account")
    try:
        address = network_of(request)
        sms_code.send(change.pk, change.normal, address, place, timezone.now(), account_id=account.pk)
    except TooMany as error:
        raise too_many(error) from error


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
    account = _owner(request, reverse("security-phone-confirm", args=[change_id]))
    change = phones.waiting(account, change_id, timezone.now())
    if change is None:
        return redirect("security-phone")
    again = "resend" in request.POST
    form = EmailCodeForm(request.POST if request.method == "POST" and not again else None)
    try:
        if again:
            _send(request, account, change)
        elif form.is_valid():
            phones.prove(change, form.cleaned_data["code"], timezone.now())
            proven(request, Method.SMS_CODE)
            messages.success(request, _("Codes by SMS are set up."))
            return redirect("account" if recovery_code.left(account) is not None else "security-codes")
    except ValidationError as error:
        if again:
            form = EmailCodeForm({})
            form.full_clean()
            form.errors.clear()
        form.add_error(None, error)
    trouble = sms_code.trouble(change.pk)
    more = {
        "number": change.value,
        "trouble": phones.TROUBLE[trouble] if trouble else "",
        "dev_sms_url": settings.DEMO_PHONE_URL,
    }
    return page(request, "phone_confirm", account, form=form, more=more)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    account = owner(request, reverse("security-phone"))
    phones.remove(account, timezone.now())
    messages.success(request, _("Your number is removed."))
    return redirect("account")
