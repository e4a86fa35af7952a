"""Two brands with a website each, as in the tests of the SCIM door."""

from tests.provisioning.lite.conftest import visitor, website
from tests.provisioning.scim.conftest import catalogue, scene, tea, teahouse

__all__ = ["catalogue", "scene", "tea", "teahouse", "visitor", "website"]
