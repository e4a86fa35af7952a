"""Websites at the door, for all tests of this app."""

from tests.provisioning.scim.conftest import catalogue, tea, teahouse

__all__ = ["catalogue", "tea", "teahouse"]
