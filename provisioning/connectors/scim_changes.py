"""What becomes of a user at a SCIM service: as a new resource, as a patch, or as the whole resource again
(RFC 7644, sections 3.3, 3.5.1 and 3.5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioning.connectors.scim_paths import CORE, Place, Tree

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
# The service's own, which it would not take back.
_READ_ONLY = frozenset({"meta", "groups"})


@dataclass(frozen=True)
class Change:
    """`values` are put there and `cleared` is taken away; what else the service keeps is left alone."""

    user_name: str
    external_id: str
    active: bool
    values: Mapping[Place, object] = field(default_factory=dict)
    cleared: tuple[Place, ...] = ()

    @property
    def _core(self) -> Tree:
        return {"externalId": self.external_id, "userName": self.user_name, "active": self.active}

    def new(self) -> Tree:
        tree: Tree = {"schemas": self._schemas([]), **self._core}
        for place, value in self.values.items():
            place.plant(tree, value)
        return tree

    def patch(self, there: Mapping[str, object] | None) -> Tree:
        """`there` is the user as the service has it. Where that isn't known, each entry of a multi-valued
        attribute that a filter chooses is taken to be there (a service answers “noTarget” if not)."""
        steps: list[Tree] = [_replace(name, value) for name, value in self._core.items()]
        for place, value in self.values.items():
            if there is not None and place.by and not place.has_entry(there):
                new = [place.new_entry(value)]
                steps.append({"op": "add", "path": place.attribute, "value": new})
            else:
                steps.append(_replace(str(place), value))
        for place in self.cleared:
            if there is None or place.read(there):
                path = place.entry if place.by else str(place)
                steps.append({"op": "remove", "path": path})
        return {"schemas": [PATCH], "Operations": steps}

    def whole(self, there: Mapping[str, object]) -> Tree:
        """For a service that only takes whole resources: as it has the user, with the change."""
        own = {name: value for name, value in there.items() if name.lower() not in _READ_ONLY}
        named = {name.lower() for name in self._core}
        tree: Tree = {name: value for name, value in own.items() if name.lower() not in named} | self._core
        for place, value in self.values.items():
            place.plant(tree, value)
        for place in self.cleared:
            place.drop(tree)
        said = there.get("schemas")
        tree["schemas"] = self._schemas(
            [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
        )
        return tree

    def _schemas(self, said: list[str]) -> list[str]:
        extended = [place.schema for place in self.values if place.schema]
        return list(dict.fromkeys([*(said or [CORE]), *extended]))


def _replace(path: str, value: object) -> Tree:
    return {"op": "replace", "path": path, "value": value}
