"""A customer's passkeys: seen, added, called something, removed."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import events
from accounts.access import assurance_of, customer
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows.changing import owner
from auth_flows.held_back import too_many
from auth_flows.methods import passkey
from auth_flows.models import Authenticator
from auth_flows.passkeys.challenges import Ceremony
from auth_flows.passkeys.credential import Credential, new_handle
from auth_flows.passkeys.field import PasskeyField, refusal
from auth_flows.sessions import session_of
from ciam.lib.networks import network_of
from ciam.lib.throttle import TooMany, hit

MOST = 20


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autofocus": True}))


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    account = customer(request)
    held = passkey.passkeys_of(account)
    return _page(request, account, "list", {"passkeys": held, "may_add": len(held) < MOST})


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    account = owner(request, back=reverse("passkey-add"))
    held = passkey.passkeys_of(account)
    form = forms.Form(request.POST if request.method == "POST" else None)
    handle = held[0].details["handle"] if held else new_handle(str(account.pk))
    form.fields["passkey"] = _making(request, account, held, handle)
    if form.is_valid():
        try:
            _add(account, _made(request, form.cleaned_data["passkey"], handle))
            return redirect("passkeys")
        except ValidationError as error:
            form.add_error(None, error)
    status = 400 if form.errors else 200
    return _page(request, account, "add", {"form": form}, status=status)


def _making(request: HttpRequest, account: Account, held: list[Authenticator], handle: str) -> PasskeyField:
    session = session_of(request)
    assert session is not None
    mail, brand = snapshot(account).email, assurance_of(request).brand

    def options() -> str:
        return passkey.creation_options(
            session,
            name=mail.value if mail else str(_("Your account")),
            handle=handle,
            place=brand.name if brand else "",
            held=held,
            now=timezone.now(),
        )

    return PasskeyField(Ceremony.CREATE, options)


def _made(request: HttpRequest, said: str, handle: str) -> Credential:
    now, session = timezone.now(), session_of(request)
    assert session is not None
    try:
        hit(passkey.PER_ADDRESS, network_of(request), now)
        return passkey.register(session, said, handle=handle, now=now)
    except TooMany as error:
        raise too_many(error) from error
    except passkey.Refused as error:
        raise refusal() from error


def _add(account: Account, made: Credential) -> None:
    now = timezone.now()
    try:
        with transaction.atomic():
            Account.objects.locked([account.pk])
            if len(passkey.passkeys_of(account)) >= MOST:
                raise ValidationError(_("You have as many passkeys as we keep. Remove one first."))
            made.row_of(account, now).save(force_insert=True)
            events.record([_change(EventType.AUTHENTICATOR_ADDED, account)], now)
    except IntegrityError as error:
        raise refusal() from error


@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, passkey_id: uuid.UUID) -> HttpResponse:
    account = customer(request, return_to=reverse("passkeys"))
    row = _own(account, passkey_id)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": row.label})
    if not form.is_valid():
        return _page(request, account, "rename", {"form": form, "passkey": row})
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if Authenticator.objects.filter(pk=row.pk).update(label=form.cleaned_data["name"]):
            events.record([_change(EventType.AUTHENTICATOR_CHANGED, account)])
    return redirect("passkeys")


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, passkey_id: uuid.UUID) -> HttpResponse:
    account = owner(request, back=reverse("passkey-remove", args=[passkey_id]))
    row = _own(account, passkey_id)
    if request.method == "GET":
        left = Authenticator.objects.filter(account=account, confirmed_at__isnull=False).exclude(pk=row.pk)
        return _page(request, account, "remove", {"passkey": row, "is_last": not left.exists()})
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if Authenticator.objects.filter(pk=row.pk).delete()[0]:
            events.record([_change(EventType.AUTHENTICATOR_REMOVED, account)])
    return redirect("passkeys")


def _own(account: Account, passkey_id: uuid.UUID) -> Authenticator:
    row = next((one for one in passkey.passkeys_of(account) if one.pk == passkey_id), None)
    if row is None:
        raise Http404
    return row


def _change(kind: EventType, account: Account) -> Change:
    return Change(kind, account.pk, Actor("customer", str(account.pk)), None, ("passkey",))


def _page(
    request: HttpRequest, account: Account, name: str, more: dict[str, object], status: int = 200
) -> HttpResponse:
    context = {
        "account_name": snapshot(account).name,
        "brand": assurance_of(request).brand,
        "sign_out_url": reverse("oidc-logout"),
        **more,
    }
    return render(request, f"auth_flows/passkeys/{name}.html", context, status=status)
