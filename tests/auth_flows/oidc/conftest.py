"""Ada is a customer of the Kaffeehaus, signed in in her browser; its apps ask for tokens."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from auth_flows.models import BrowserSession
from auth_flows.models.client import forget_cached
from ciam.lib import keys
from ciam.lib.models import SigningKey
from tests.auth_flows.oidc.apps import App, confidential, signed_in
from tests.people import Kaffeehaus, customer

_made: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def _signing_keys(db: None) -> None:
    """The same keys for every test: making an RSA key takes longer than most tests."""
    if _made:
        SigningKey.objects.bulk_create(SigningKey(**row) for row in _made)
        return
    keys.rotate(timezone.now())
    _made.extend(
        {name: getattr(row, name) for name in ("kid", "algorithm", "private_pem", "public_jwk", "signs_from")}
        for row in SigningKey.objects.all()
    )


@pytest.fixture(autouse=True)
def _fresh_clients() -> None:
    """Apps are cached for a few seconds in a process; each test has its own database."""
    forget_cached()


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return customer("ada@example.com", brand=shop.brand, password=None)


@pytest.fixture
def session(ada: Account, shop: Kaffeehaus) -> BrowserSession:
    return signed_in(ada, shop.brand)


@pytest.fixture
def app(shop: Kaffeehaus) -> App:
    """A confidential app that may do what an app may."""
    return confidential(shop.brand)
