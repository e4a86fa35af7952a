"""Ada is a customer of the Kaffeehaus, signed in in her browser; its apps ask for tokens."""

import pytest

from accounts.models import Account
from auth_flows.models import BrowserSession
from tests.auth_flows.oidc.apps import App, confidential, signed_in
from tests.people import Kaffeehaus, customer


@pytest.fixture(autouse=True)
def _keys(signing_keys: None) -> None:
    """Whatever is signed here is signed by the same keys."""


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
