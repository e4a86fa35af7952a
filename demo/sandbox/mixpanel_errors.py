"""Mixpanel's error bodies, and its answers to rows that are judged one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from demo.sandbox.shapes import Json
from demo.sandbox.vendor import Answer

_WORDS = {
    400: "Some data points in the request failed validation.",
    401: "Invalid credentials",
    413: "request exceeds max limit of 2097152 bytes",
    429: "Query rate limit exceeded.",
}


@dataclass
class MixpanelError(Exception):
    """Mixpanel says no to a whole request."""

    status: int
    message: str

    def answer(self) -> Answer:
        phrase = HTTPStatus(self.status).phrase
        return Answer(self.status, {"code": self.status, "error": self.message, "status": phrase})


@dataclass
class BadRow(Exception):
    """Mixpanel says no to one row: which of its fields, and why."""

    field: str
    message: str


def failure(status: int) -> Answer:
    """What Mixpanel answers with this status when the request itself was fine."""
    known = {one.value for one in HTTPStatus}
    words = _WORDS.get(status, "Something went wrong.")
    if status in known:
        return MixpanelError(status, words).answer()
    return Answer(status, {"code": status, "error": words, "status": "Error"})


def judged(rows: int, refused: Mapping[int, tuple[BadRow, str]]) -> Answer:
    """`refused`: (why, $insert_id) by place. The other rows were taken, whatever the status says."""
    taken = rows - len(refused)
    if not refused:
        return Answer(200, {"code": 200, "num_records_imported": taken, "status": "OK"})
    failed: list[Json] = [
        {"index": place, "$insert_id": insert_id, "field": bad.field, "message": bad.message}
        for place, (bad, insert_id) in refused.items()
    ]
    return Answer(
        400,
        {
            "code": 400,
            "error": _WORDS[400],
            "num_records_imported": taken,
            "status": "Bad Request",
            "failed_records": failed,
        },
    )
