"""A passkey: of whoever has proven something their own, else of whoever's address was typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from auth_flows.assurance import Method
from auth_flows.held_back import too_many
from auth_flows.methods import passkey
from auth_flows.models import Authenticator
from auth_flows.passkeys.challenges import Ceremony
from auth_flows.passkeys.credential import Credential, new_handle
from auth_flows.passkeys.field import PasskeyField, refusal
from auth_flows.steps.base import ProofStep, Stale
from auth_flows.walk import Walk, candidate
from ciam.lib.networks import network_of
from ciam.lib.throttle import TooMany, hit


def offer(walk: Walk, *, required: bool = True) -> PasskeyField:
    """Before anything is proven the browser is not told whose passkeys we know: everybody's page is one."""

    def options() -> str:
        held = passkey.passkeys_of(walk.account) if walk.account else []
        return passkey.request_options(walk.row, held=held, now=walk.now)

    return PasskeyField(Ceremony.GET, options, required=required)


def answered(walk: Walk, said: str, account: Account | None) -> Authenticator:
    """The passkey that answered; raises ValidationError."""
    try:
        hit(passkey.PER_ADDRESS, network_of(walk.request), walk.now)
        return passkey.prove(walk.row, said, realm=walk.row.realm, account=account, now=walk.now)
    except TooMany as error:
        raise too_many(error) from error
    except passkey.Refused as error:
        raise refusal() from error


def making(walk: Walk) -> PasskeyField:
    """Of a new account's first passkey."""

    def options() -> str:
        return passkey.creation_options(
            walk.row,
            name=walk.draft.said,
            handle=_handle(walk),
            place=walk.brand.name if walk.brand else "",
            held=(),
            now=walk.now,
        )

    return PasskeyField(Ceremony.CREATE, options, required=False)


def made(walk: Walk, said: str) -> Credential:
    """A new passkey, verified; raises ValidationError."""
    try:
        hit(passkey.PER_ADDRESS, network_of(walk.request), walk.now)
        return passkey.register(walk.row, said, handle=_handle(walk), now=walk.now)
    except TooMany as error:
        raise too_many(error) from error
    except passkey.Refused as error:
        raise refusal() from error


def _handle(walk: Walk) -> str:
    return new_handle(str(walk.row.pk))


class Passkey(ProofStep):
    name = "passkey"
    method = Method.PASSKEY
    way = _("Use a passkey")
    title = _("Use your passkey")

    def form(self, data: Any = None) -> forms.Form:
        form = forms.Form(data)
        form.fields["passkey"] = offer(self.walk)
        return form

    def check(self, form: forms.Form) -> None:
        # Where nobody has the address that was typed, no passkey is theirs.
        account = candidate(self.walk) or Account()
        self.row = answered(self.walk, form.cleaned_data["passkey"], account)

    def apply(self, form: forms.Form) -> None:
        if self.walk.row.account_id not in {None, self.row.account_id}:
            raise Stale
        self.walk.row.account_id = self.row.account_id
        super().apply(form)
