"""Where at a target each attribute goes, and as which text."""

import json
from collections.abc import Iterable, Mapping

from accounts.values import Value, as_text
from ciam.lib.crypto import keyed_hash
from provisioning.models import Connector

EMAIL = "email"
"""The address counts as an attribute: a purpose must release it like any other."""


def mapping_of(connector: Connector, default: Mapping[str, str]) -> Mapping[str, str]:
    """Attribute name -> field at the target: the operator's own, or what the kind suggests."""
    own: Mapping[str, str] = connector.mapping
    return own or default


def fields(mapping: Mapping[str, str], values: Mapping[str, Value]) -> dict[str, str]:
    """The values as texts by field. An attribute that isn't mapped has no field, so it can't leave."""
    return {mapping[name]: as_text(value) for name, value in values.items() if name in mapping}


def cleared(mapping: Mapping[str, str], attributes: Iterable[str]) -> dict[str, str]:
    """Empty texts for the fields of these attributes."""
    return {mapping[name]: "" for name in attributes if name in mapping}


def hash_of(texts: Mapping[str, str]) -> str:
    """A keyed hash of what a target holds, or should: values by field, an empty one being none."""
    said = sorted((name, text) for name, text in texts.items() if text)
    return keyed_hash("held", json.dumps(said))
