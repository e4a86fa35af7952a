"""Every state in which an account can be, for whoever wants to find out which addresses have one."""

from collections.abc import Callable

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account, Source
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from auth_flows.models import Authenticator, LinkedIdentity, Provider, ProviderKind
from tests.people import Kaffeehaus, customer, operator

Make = Callable[[Kaffeehaus, str], object]


def _lite(shop: Kaffeehaus, address: str) -> None:
    said = Said(Source.WEBSITE, "site-1", timezone.now())
    create_lite(shop.brand, Met.at(address, {"given_name": "Ada"}, said), Actor("website", "x"), how="scim")


def provider() -> Provider:
    """Everybody sees its button, so it must be there whoever is asked for."""
    return Provider.objects.get_or_create(slug="elsewhere", name="Elsewhere", kind=ProviderKind.OIDC)[0]


def _social(shop: Kaffeehaus, address: str) -> None:
    account = customer(address, brand=shop.brand, password=None)
    LinkedIdentity.objects.create(
        account=account, provider=provider(), issuer="https://elsewhere.example", subject="ada"
    )


def _passkey(shop: Kaffeehaus, address: str) -> None:
    account = customer(address, brand=shop.brand, password=None)
    Authenticator.objects.create(
        account=account,
        kind=Authenticator.Kind.PASSKEY,
        credential_id="AAAA",
        public_key=b"x",
        confirmed_at=timezone.now(),
    )


def _suspended(shop: Kaffeehaus, address: str) -> None:
    account = customer(address, brand=shop.brand)
    Account.objects.filter(pk=account.pk).update(status="suspended")


def _legacy(shop: Kaffeehaus, address: str) -> None:
    account = customer(address, brand=shop.brand, password=None)
    Authenticator.objects.create(
        account=account,
        kind=Authenticator.Kind.PASSWORD,
        hash=PBKDF2PasswordHasher().encode("sesam", "salt", 1_000),
        confirmed_at=timezone.now(),
    )


STATES: dict[str, Make] = {
    "absent": lambda _shop, _address: None,
    "full": lambda shop, address: customer(address, brand=shop.brand),
    "lite": _lite,
    "social-only": _social,
    "passkey-only": _passkey,
    "second factor": lambda shop, address: customer(address, brand=shop.brand, totp=True),
    "suspended": _suspended,
    "legacy hash": _legacy,
    "operator": lambda _shop, address: operator(address),
}
