import pytest

from provisioning.models import Website
from tests.people import Kaffeehaus
from tests.provisioning.lite.visitor import KEY, SHOP, Visitor


@pytest.fixture
def website(shop: Kaffeehaus) -> Website:
    return Website.objects.create(
        brand=shop.brand,
        name="catalogue",
        attributes=["given_name", "interests", "source"],
        form_key=KEY,
        origins=[SHOP],
    )


@pytest.fixture
def visitor(website: Website) -> Visitor:
    return Visitor()
