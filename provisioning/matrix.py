"""The matrix: for which purposes each target may know which attribute."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from consent.models import Purpose
from provisioning.models import Connector, Release


@dataclass(frozen=True)
class Matrix:
    """The cells of one target: purposes by attribute."""

    cells: Mapping[str, frozenset[uuid.UUID]] = field(default_factory=dict)

    @property
    def purposes(self) -> frozenset[uuid.UUID]:
        return frozenset().union(*self.cells.values())


def matrix_of(connector: Connector) -> Matrix:
    """One query."""
    cells: dict[str, set[uuid.UUID]] = defaultdict(set)
    for attribute, purpose in Release.objects.filter(connector=connector).values_list(
        "attribute", "purpose_id"
    ):
        cells[attribute].add(purpose)
    return Matrix({attribute: frozenset(purposes) for attribute, purposes in cells.items()})


def purposes_of(connector: Connector, matrix: Matrix) -> list[Purpose]:
    """Those that decide what the target may know: its own first. One query at most, none for its own."""
    others = matrix.purposes - {connector.purpose_id}
    found = Purpose.objects.filter(pk__in=others).order_by("key") if others else []
    return [connector.purpose, *found]


def fill(connector: Connector) -> int:
    """The cells of a target that has none: all that the latest wording of its own purpose lets leave."""
    latest = connector.purpose.versions.order_by("-number").first()
    if latest is None or connector.releases.exists():
        return 0
    made = [
        Release(connector=connector, purpose=connector.purpose, attribute=name) for name in latest.releases
    ]
    return len(Release.objects.bulk_create(made))
