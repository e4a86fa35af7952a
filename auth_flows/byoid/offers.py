"""Which providers people are offered. The same for everybody of a brand; never for operators."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import Brand
from auth_flows.byoid import kind_of
from auth_flows.models import Provider
from ciam.lib.kept import Kept

# Asked on every page of a sign-in, and changed by an operator now and then.
_offered: Kept[uuid.UUID | None, tuple[Provider, ...]] = Kept(seconds=5, most=1_000)


@dataclass(frozen=True)
class Button:
    label: str
    url: str


def offered(brand: Brand | None) -> tuple[Provider, ...]:
    """In their order. Without a secret: who needs it reads it (`provider_of`)."""

    def read() -> tuple[Provider, ...]:
        rows = Provider.objects.filter(Q(brand=None) | Q(brand=brand), is_active=True)
        return tuple(rows.defer("client_secret"))

    return _offered.get(brand.pk if brand else None, read) or ()


def forget_cached(**_said: Any) -> None:
    _offered.forget()


def provider_of(slug: str, brand: Brand | None) -> Provider | None:
    """One of those offered, with everything of it."""
    return Provider.objects.filter(Q(brand=None) | Q(brand=brand), slug=slug, is_active=True).first()


def home_of(normal: str, providers: tuple[Provider, ...]) -> Provider | None:
    """Home-realm discovery: who decides about addresses like this one."""
    domain = normal.rpartition("@")[2]
    return next((one for one in providers if domain and domain in one.domains), None)


def words(provider: Provider) -> str:
    return str(kind_of(provider).button) % {"name": provider.name}
