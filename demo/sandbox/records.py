"""What was asked of the vendors and answered, kept for scripts and for the page."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from demo.sandbox.answers import readable
from demo.sandbox.shapes import Json, JsonObject, as_json, stamp
from demo.sandbox.vendor import Answer, Call

# State is in memory: an hour of bulk import must not fill it.
KEPT_PER_VENDOR = 2_000
SECRET_FIELDS = frozenset(
    {"access_token", "client_secret", "code", "code_verifier", "id_token", "refresh_token"}
)


@dataclass(frozen=True)
class Record:
    id: int
    vendor: str
    at: str
    call: Call
    answer: Answer
    violations: tuple[str, ...]

    def as_json(self) -> JsonObject:
        return {
            "id": self.id,
            "vendor": self.vendor,
            "at": self.at,
            "method": self.call.method,
            "path": self.call.path,
            "query": _query(self.call.query),
            "headers": as_json(_headers(self.call.headers)),
            "body": self.body(),
            "status": self.answer.status,
            "response": self.response(),
            "violations": list(self.violations),
        }

    def body(self) -> Json:
        if self.call.content is None and self.call.body:
            return self.call.body.decode("utf-8", "replace")
        # Only the token endpoint posts a form; a contact may well have a property called "code".
        is_form = self.call.content_type == "application/x-www-form-urlencoded"
        return _without_secrets(self.call.content) if is_form else self.call.content

    def response(self) -> Json:
        return _without_secrets(readable(self.answer))


def _query(query: Mapping[str, list[str]]) -> JsonObject:
    return {name: values[0] if len(values) == 1 else list(values) for name, values in query.items()}


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = dict(headers)
    for name in kept:
        if name.lower() == "authorization":
            kept[name] = "Bearer ***"
        elif name.lower() == "cookie":
            kept[name] = "***"
    return kept


def _without_secrets(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {name: "***" if name in SECRET_FIELDS else one for name, one in value.items()}


class RequestLog:
    def __init__(self) -> None:
        self._kept: dict[str, deque[Record]] = {}
        self._last = 0
        self.counts: dict[str, Counter[str]] = {}
        """Vendor -> operation -> how often it was asked for, since the start or a reset."""

    def add(self, vendor: str, call: Call, answer: Answer, violations: list[str]) -> None:
        self._last += 1
        kept = self._kept.setdefault(vendor, deque(maxlen=KEPT_PER_VENDOR))
        self.counts.setdefault(vendor, Counter())[call.operation or "unknown"] += 1
        kept.append(Record(self._last, vendor, stamp(), call, answer, tuple(violations)))

    def records(self, vendor: str | None = None, since: int = 0) -> list[Record]:
        """Oldest first, only those after the id `since`. Ids go on rising after a reset."""
        chosen = [kept for name, kept in self._kept.items() if vendor in (None, name)]
        return sorted((one for kept in chosen for one in kept if one.id > since), key=lambda one: one.id)

    def forget(self, vendor: str | None = None) -> None:
        for name in list(self._kept):
            if vendor in (None, name):
                del self._kept[name]
                del self.counts[name]
