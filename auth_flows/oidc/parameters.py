"""What a request says, before anything is believed."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest, QueryDict

from auth_flows.oidc.refusals import Refused

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Parameters:
    """By name; one without a value counts as not sent (RFC 6749, 3.1)."""

    values: Mapping[str, str]
    repeated: frozenset[str] = field(default_factory=frozenset)
    """Names that were sent more than once."""

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def words(self, name: str) -> tuple[str, ...]:
        """A space-separated list, each word once."""
        return tuple(dict.fromkeys(word for word in self.get(name).split(" ") if word))


def of_request(request: HttpRequest) -> Parameters:
    """From the address and the form together: what stands in both was sent twice."""
    return _gathered([request.GET, request.POST])


def of_form(request: HttpRequest) -> Parameters:
    """RFC 6749, 3.2 and 2.3.1: in the body alone, for addresses end up in logs; and each one once."""
    if request.GET:
        raise Refused("invalid_request", "Parameters are sent in the body, not in the address.")
    if request.content_type != FORM:
        raise Refused("invalid_request", f"The body must be {FORM}.")
    said = _gathered([request.POST])
    if said.repeated:
        raise Refused("invalid_request", "A parameter was sent more than once.")
    if not all(is_readable(value) for value in said.values.values()):
        raise Refused("invalid_request", "A parameter has control characters.")
    return said


def _gathered(sources: Iterable[QueryDict]) -> Parameters:
    found: dict[str, list[str]] = {}
    for source in sources:
        for name, values in source.lists():
            found.setdefault(name, []).extend(str(value) for value in values)
    return Parameters(
        {name: values[0] for name, values in found.items() if values and values[0]},
        frozenset(name for name, values in found.items() if len(values) > 1),
    )


def is_readable(value: str) -> bool:
    """Whether it has no control characters: they can't be stored, and have no business in any parameter."""
    return value.isprintable() or not any(unicodedata.category(char) in {"Cc", "Cs"} for char in value)
