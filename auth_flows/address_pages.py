"""Self-service: the addresses and numbers of an account. All of it asks for a proof that is fresh."""

import datetime as dt
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import address_changes
from accounts.access import assurance_of, customer
from accounts.events import Actor
from accounts.identifiers import BadIdentifier, Contact, email, phone
from accounts.models import Account, AddressChange, Brand, Identifier, IdentifierKind
from accounts.snapshot import snapshot
from auth_flows import addresses
from auth_flows.held_back import too_many
from auth_flows.methods.email_code import TRIES_A_DAY, TRIES_AN_HOUR
from auth_flows.sessions import keep_only_this
from auth_flows.start import SeeOther
from auth_flows.steps.email_code import EmailCodeForm
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit

WITHIN = 600
MAIN_A_DAY = Limit("main address", most=10, seconds=86_400)
LABELS = {IdentifierKind.EMAIL: _("E-mail address"), IdentifierKind.PHONE: _("Phone number")}
DONE = {
    "added": _("Your new address is in use."),
    "main": _("Your main address is changed."),
    "removed": _("The address is removed. We have told it so, with a way back."),
}


class AddressForm(forms.Form):
    address = forms.CharField(max_length=320)

    def __init__(self, kind: IdentifierKind, country: str, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.kind, self.country = kind, country
        is_mail = kind == IdentifierKind.EMAIL
        shown = forms.EmailInput if is_mail else forms.TextInput
        self.fields["address"].label = str(LABELS[kind])
        self.fields["address"].widget = shown(
            attrs={"autocomplete": "email" if is_mail else "tel", "autofocus": True, "dir": "ltr"}
        )

    def clean_address(self) -> str:
        said = str(self.cleaned_data["address"])
        try:
            is_mail = self.kind == IdentifierKind.EMAIL
            self.contact = email(said) if is_mail else phone(said, self.country)
        except BadIdentifier as error:
            raise ValidationError(str(error), code="bad_identifier") from error
        return said


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    account = customer(request, within=WITHIN)
    rows = address_changes.own(account)
    proven = [row for row in rows if row.kind == IdentifierKind.EMAIL and row.verified_at]
    items = [
        {
            "row": row,
            "kind": LABELS[IdentifierKind(row.kind)],
            "can_be_main": bool(row.verified_at) and not row.is_primary,
            "can_be_replaced": IdentifierKind(row.kind) in addresses.PROOFS,
            "can_go": [row] != proven,
        }
        for row in rows
    ]
    kinds = [{"name": kind.value, "label": LABELS[kind]} for kind in addresses.PROOFS]
    done = DONE.get(request.GET.get("done", ""))
    return _page(request, account, "list", items=items, kinds=kinds, done=done)


@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in addresses.PROOFS:
        raise Http404
    return _ask(request, IdentifierKind(kind), None)


@never_cache
@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, identifier_id: uuid.UUID) -> HttpResponse:
    account = customer(request, within=WITHIN)
    old = next((row for row in address_changes.own(account) if row.pk == identifier_id), None)
    if old is None or old.kind not in addresses.PROOFS:
        raise Http404
    return _ask(request, IdentifierKind(old.kind), old)


def _ask(request: HttpRequest, kind: IdentifierKind, old: Identifier | None) -> HttpResponse:
    account = customer(request, within=WITHIN, return_to=request.path)
    brand = assurance_of(request).brand
    form = AddressForm(kind, brand.country if brand else "", request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change = _asked(request, account, form.contact, old)
        except ValidationError as error:
            form.add_error("address" if error.code == "yours" else None, error)
        else:
            return SeeOther(reverse("address-prove", args=[change.pk]))
    return _page(request, account, "form", form=form, old=old, kind=kind)


def _asked(request: HttpRequest, account: Account, contact: Contact, old: Identifier | None) -> AddressChange:
    held = [row for row in address_changes.own(account) if row.verified_at and row.kind == contact.kind]
    if old is not None and old.normal == contact.normal:
        old = None  # the same one, proven again because mail to it came back
    if contact.normal in {row.normal for row in held if not row.undeliverable_at}:
        raise ValidationError(_("You have this one already."), code="yours")
    now = timezone.now()
    _limit(contact.normal, request, now)
    change, code = address_changes.ask(account, contact, old, now)
    addresses.PROOFS[contact.kind](addresses.Sender(_brand(request)), change, code)
    return change


def _limit(normal: str, request: HttpRequest, now: dt.datetime) -> None:
    try:
        addresses.limit(normal, network_of(request), now)
    except TooMany as error:
        raise too_many(error) from error


@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
    account = customer(request, within=WITHIN, return_to=request.path)
    change = get_object_or_404(AddressChange, pk=change_id, account=account, undone_at=None)
    if change.proven_at:
        return _back("added")
    form = EmailCodeForm(request.POST if request.method == "POST" and "resend" not in request.POST else None)
    try:
        if "resend" in request.POST:
            now = timezone.now()
            _limit(change.normal, request, now)
            code = address_changes.ask_again(change, now)
            addresses.PROOFS[IdentifierKind(change.kind)](addresses.Sender(_brand(request)), change, code)
            return SeeOther(f"{request.path}?resent")
        if form.is_valid():
            _prove(request, account, change, form.cleaned_data["code"])
            return _back("added")
    except ValidationError as error:
        if not form.is_bound:
            form = EmailCodeForm({})
            form.full_clean()
            form.errors.clear()
        form.add_error(None, error)
    return _page(request, account, "code", form=form, change=change, is_resent="resent" in request.GET)


def _prove(request: HttpRequest, account: Account, change: AddressChange, code: str) -> None:
    now = timezone.now()
    try:
        # The same count as for codes that sign in.
        hit(TRIES_AN_HOUR, str(account.pk), now)
        hit(TRIES_A_DAY, str(account.pk), now)
    except TooMany as error:
        raise too_many(error) from error
    if address_changes.count_try(change, now) and _takes_effect(request, account, change, code, now):
        return
    change.refresh_from_db(fields=["code_tries", "ends_at"])
    if address_changes.is_open(change, now):
        raise ValidationError(_("This is not the code. Check the mail and try again."), code="wrong_code")
    raise ValidationError(_("This code is no longer good. Have a new one sent."), code="dead_code")


def _takes_effect(
    request: HttpRequest, account: Account, change: AddressChange, code: str, now: dt.datetime
) -> bool:
    """No change without the word to the old addresses, and no word without the change."""
    try:
        with transaction.atomic():
            told = addresses.mailboxes(account)
            undo_secret = address_changes.prove(change, code, now)
            if undo_secret is None:
                return False
            what = "changed" if change.replaces_id else "added"
            addresses.tell(addresses.Sender(_brand(request)), told, what, undo_secret, now)
            if change.replaces_id:
                _end_what_it_opened(request, account)
    except address_changes.Taken:
        raise ValidationError(_("This can't be done any more. Start again."), code="taken") from None
    return True


def _end_what_it_opened(request: HttpRequest, account: Account) -> None:
    """Whoever reads a mailbox that is no longer the account's may have signed in by it."""
    keep_only_this(request, Actor("customer", str(account.pk)))


@require_POST
def make_main(request: HttpRequest, identifier_id: uuid.UUID) -> HttpResponse:
    account, now = customer(request, within=WITHIN, return_to=reverse("addresses")), timezone.now()
    try:
        hit(MAIN_A_DAY, str(account.pk), now)
    except TooMany as error:
        # Each change is told to every address: whoever sits at somebody's session can't flood them.
        return render(request, "429.html", {"retry_at": now + dt.timedelta(seconds=error.after)}, status=429)
    try:
        with transaction.atomic():
            before = address_changes.make_main(account, identifier_id, now)
            if before.pk != identifier_id:
                told = addresses.mailboxes(account)
                addresses.tell(addresses.Sender(_brand(request)), told, "main", "", now)
    except address_changes.NotYours:
        raise Http404 from None
    return _back("main")


@never_cache
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, identifier_id: uuid.UUID) -> HttpResponse:
    account, now = customer(request, within=WITHIN, return_to=reverse("addresses")), timezone.now()
    row = next((row for row in address_changes.own(account) if row.pk == identifier_id), None)
    if row is None:
        raise Http404
    if request.method == "GET":
        return _page(request, account, "remove", row=row)
    try:
        with transaction.atomic():
            told = addresses.mailboxes(account)
            _row, undo_secret = address_changes.remove(account, identifier_id, now)
            addresses.tell(addresses.Sender(_brand(request)), told, "removed", undo_secret, now)
            _end_what_it_opened(request, account)
    except address_changes.NotYours:
        raise Http404 from None
    except address_changes.LastOne:
        return _page(request, account, "remove", row=row, is_last=True)
    return _back("removed")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of a notice: no sign-in, for whoever lost the account has none."""
    now = timezone.now()
    change = address_changes.to_undo(token, now)
    state = "gone" if change is None else "ask"
    if change is not None and request.method == "POST":
        try:
            addresses.undo(change, now)
            state = "done"
        except (address_changes.Taken, address_changes.NotYours):
            state = "gone"
    context = {"brand": _default_brand(), "state": state, "recover_url": reverse("recover")}
    status = 404 if state == "gone" else 200
    return render(request, "auth_flows/addresses/undo.html", context, status=status)


def _page(request: HttpRequest, account: Account, name: str, **more: object) -> HttpResponse:
    context = {
        "brand": assurance_of(request).brand,
        "account_name": snapshot(account).name,
        "sign_out_url": reverse("oidc-logout"),
        "back_url": reverse("addresses") if name != "list" else reverse("account"),
        **more,
    }
    response = render(request, f"auth_flows/addresses/{name}.html", context)
    form = more.get("form")
    if isinstance(form, forms.Form) and form.has_error("__all__", "too_many"):
        response.status_code = 429
    return response


def _back(done: str) -> HttpResponse:
    return SeeOther(f"{reverse('addresses')}?done={done}")


def _brand(request: HttpRequest) -> Brand | None:
    return assurance_of(request).brand or _default_brand()


def _default_brand() -> Brand | None:
    return Brand.objects.filter(is_default=True).first()
