"""HubSpot's error bodies. https://developers.hubspot.com/docs/api-reference/error-handling"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from demo.sandbox.shapes import Json, JsonObject
from demo.sandbox.vendor import Answer


@dataclass
class HubSpotError(Exception):
    """HubSpot says no to a request, or to one row of a batch."""

    status: int
    category: str
    message: str
    context: Mapping[str, list[str]] = field(default_factory=dict)

    def answer(self) -> Answer:
        body: JsonObject = {
            "status": "error",
            "message": self.message,
            "correlationId": str(uuid4()),
            "category": self.category,
        }
        if self.context:
            body["context"] = _context(self.context)
        return Answer(self.status, body)

    def row(self, ids: list[str], trace_ids: list[str]) -> JsonObject:
        """This refusal as an entry of `errors` in a 207 answer."""
        context = {**self.context, "ids": ids}
        if trace_ids:
            context["objectWriteTraceId"] = trace_ids
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": _context(context),
            "errors": [],
            "links": {},
        }


@dataclass(frozen=True)
class BadValue:
    """One property value that HubSpot does not take. Code: PROPERTY_DOESNT_EXIST, INVALID_OPTION, ..."""

    name: str
    code: str
    message: str

    def as_json(self) -> dict[str, str | bool]:
        return {"isValid": False, "message": self.message, "error": self.code, "name": self.name}


def invalid(message: str) -> HubSpotError:
    return HubSpotError(400, "VALIDATION_ERROR", message)


def bad_values(values: list[BadValue]) -> HubSpotError:
    # HubSpot embeds the list as JSON text in the message; connectors have to dig it out there.
    return invalid("Property values were not valid: " + json.dumps([value.as_json() for value in values]))


def conflict(owner: str, name: str = "email") -> HubSpotError:
    if name == "email":
        return HubSpotError(409, "CONFLICT", f"Contact already exists. Existing ID: {owner}")
    return HubSpotError(409, "CONFLICT", f"Another contact already has this {name}. Existing ID: {owner}")


def not_found(what: str) -> HubSpotError:
    return HubSpotError(404, "OBJECT_NOT_FOUND", f"{what} was not found.")


def failure(status: int) -> Answer:
    """What HubSpot answers with this status when the request itself was fine."""
    if status == 429:
        return _rate_limit()
    category, message = _FAILURES.get(status, ("INTERNAL_ERROR", "internal error"))
    return HubSpotError(status, category, message).answer()


def _rate_limit() -> Answer:
    body: JsonObject = {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid4()),
        "policyName": "TEN_SECONDLY_ROLLING",
    }
    return Answer(429, body)


def _context(context: Mapping[str, list[str]]) -> JsonObject:
    def listed(values: list[str]) -> list[Json]:
        return [*values]

    return {name: listed(values) for name, values in context.items()}


_FAILURES = {
    400: ("VALIDATION_ERROR", "Invalid input."),
    401: ("EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired."),
    403: ("MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call."),
    404: ("OBJECT_NOT_FOUND", "The object was not found."),
    409: ("CONFLICT", "The request conflicts with the current state."),
    423: ("LOCKED", "This resource is locked. Try again in at least 2 seconds."),
    477: ("MIGRATION_IN_PROGRESS", "This account is being moved. Try again later."),
    502: ("BAD_GATEWAY", "bad gateway"),
    503: ("SERVICE_UNAVAILABLE", "service unavailable"),
    504: ("GATEWAY_TIMEOUT", "gateway timeout"),
}
