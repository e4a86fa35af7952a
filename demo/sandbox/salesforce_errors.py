"""Salesforce's two kinds of error: of a whole request, as a list; of one row, with another name for its code.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

from dataclasses import dataclass

from demo.sandbox.shapes import Json, JsonObject
from demo.sandbox.vendor import Answer


@dataclass
class SalesforceError(Exception):
    """Salesforce says no to a request as a whole."""

    status: int
    code: str
    message: str

    def answer(self) -> Answer:
        return Answer(self.status, [{"message": self.message, "errorCode": self.code}])


@dataclass
class RowError(Exception):
    """Salesforce says no to one record."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        return {"statusCode": self.code, "message": self.message, "fields": [*self.fields]}

    def answer(self) -> Answer:
        """Where the record was the whole request."""
        status = 404 if self.code in {"ENTITY_IS_DELETED", "NOT_FOUND"} else 400
        body: JsonObject = {"message": self.message, "errorCode": self.code, "fields": [*self.fields]}
        return Answer(status, [body])

    def in_csv(self) -> str:
        return f"{self.code}:{self.message}:{','.join(self.fields)} --"


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    return SalesforceError(404, "NOT_FOUND", message)


def no_such_field(name: str, sobject: str) -> SalesforceError:
    return SalesforceError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def expired() -> SalesforceError:
    return SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def failure(status: int) -> Answer:
    """What Salesforce answers with this status when the request itself was fine."""
    if status == 401:
        return expired().answer()
    code, message = _FAILURES.get(status, ("UNKNOWN_EXCEPTION", "An unexpected error occurred."))
    return SalesforceError(status, code, message).answer()


def saved(record_id: str, *, created: bool) -> JsonObject:
    return {"id": record_id, "success": True, "created": created, "errors": list[Json]()}


def unsaved(error: RowError) -> JsonObject:
    return {"success": False, "errors": [error.as_json()]}


_FAILURES = {
    400: ("JSON_PARSER_ERROR", "The request could not be read."),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    414: ("URI_TOO_LONG", "The address is too long."),
    503: ("SERVER_UNAVAILABLE", "The server is too busy. Try again later."),
}
