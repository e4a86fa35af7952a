"""What the sandbox asks of a vendor. To add one: a class of this shape, and a line in `vendors.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeAlias

from demo.sandbox.shapes import Json, JsonObject

RowRefusal: TypeAlias = Callable[[Mapping[str, str]], JsonObject | None]


def _no_row_refused(_row: Mapping[str, str]) -> JsonObject | None:
    return None


@dataclass(frozen=True)
class Call:
    """One request as the vendor sees it: its own path, and the operationId that its OpenAPI file gives it."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: bytes = b""
    content: Json = None
    operation: str = ""
    path_values: Mapping[str, str] = field(default_factory=dict)
    # Set by a scripted fault: given a row, the error to answer for it (may be empty), or None to let it pass.
    refuse_row: RowRefusal = _no_row_refused

    def asked(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name, [])
        return values[0] if values else None


@dataclass(frozen=True)
class Answer:
    """What goes back: a JSON body, or none when it is None; `raw` replaces it where it is not JSON."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json"


@dataclass(frozen=True)
class Violation:
    """A request that the vendor's OpenAPI file does not allow. Kind: path, method, credentials or shape."""

    kind: str
    message: str


@dataclass(frozen=True)
class Known:
    """One person as the vendor now knows them, ready for the page."""

    title: str
    number: str
    state: str
    changed: str
    facts: Sequence[tuple[str, str]]
    permissions: Sequence[tuple[str, str]]


class Vendor(Protocol):
    """One vendor with its state in memory. A reset throws it away and makes a new one."""

    slug: ClassVar[str]
    title: ClassVar[str]
    spec: ClassVar[str]

    def behave(self, call: Call) -> Answer:
        """Answer a request that the contract allows, and change the state."""

    def refuse(self, violation: Violation) -> Answer:
        """The vendor's own error for a request that the contract does not allow."""

    def fail(self, status: int) -> Answer:
        """The vendor's own error with this HTTP status, for scripted faults."""

    def headers(self, call: Call) -> dict[str, str]:
        """Headers that every answer of this vendor carries."""

    def rows(self, call: Call) -> list[dict[str, str]]:
        """The rows of a batch request, so that a scripted fault can pick some; else empty."""

    def state(self) -> JsonObject:
        """Everything the vendor holds, for `GET /state`."""

    def known(self) -> list[Known]:
        """The people on the page, the latest change first."""

    def remarks(self) -> list[str]:
        """Sentences for the page about what is no longer, or not, a person there."""


MakeVendor: TypeAlias = Callable[[], Vendor]
