import pytest

from tests.people import Kaffeehaus, kaffeehaus
from tests.provisioning.scim.apps import Scene, scene_of
from tests.provisioning.scim.door import Site, site


@pytest.fixture
def catalogue(shop: Kaffeehaus) -> Site:
    """The website of the Kaffeehaus; its token may do everything."""
    return site(shop.brand)


@pytest.fixture
def teahouse(db: None) -> Kaffeehaus:
    """Another brand."""
    return kaffeehaus("teahouse", is_default=False)


@pytest.fixture
def tea(teahouse: Kaffeehaus) -> Site:
    """The website of the other brand."""
    return site(teahouse.brand, "tea")


@pytest.fixture
def scene(shop: Kaffeehaus) -> Scene:
    """Apps of the Kaffeehaus that come to the SCIM door."""
    return scene_of(shop)
