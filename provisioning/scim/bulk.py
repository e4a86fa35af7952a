"""`/Bulk`: many operations in one request, each all or nothing by itself (RFC 7644, section 3.7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from scim2_models import (
    ConflictException,
    Context,
    Error,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    SCIMException,
)

from provisioning.scim.bulk_operations import SCOPES, Done, Operation, perform, read
from provisioning.scim.bulk_references import in_order, named, resolved
from provisioning.scim.errors import CONTENT_TYPE, body_of
from provisioning.scim.payload import MOST_MEMBERS, check_contents, read_json
from provisioning.scim.service import LARGEST_BULK, MOST_BULK_OPERATIONS, BulkAnswer, BulkResult, address
from provisioning.scim.view import ScimView
from provisioning.websites import Caller

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
NAMES = frozenset({"schemas", "failonerrors", "operations"})


class BulkView(ScimView):
    http_method_names: ClassVar[list[str]] = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = _asked(read_json(request, LARGEST_BULK))
        results = run(self.caller, asked)
        body = BulkAnswer(operations=[_shown(operation, result) for operation, result in results])
        return HttpResponse(body.model_dump_json(scim_ctx=Context.BULK_RESPONSE), content_type=CONTENT_TYPE)


@dataclass(frozen=True)
class Asked:
    operations: Sequence[Operation]
    most_errors: int
    """With so many it ends."""


def _asked(tree: dict[str, object]) -> Asked:
    """Raises PayloadTooLarge, InvalidSyntax and InvalidValue for the request as a whole."""
    said = {name.lower(): value for name, value in tree.items()}
    operations = said.get("operations")
    if not isinstance(operations, list) or said.keys() - NAMES:
        raise InvalidSyntaxException(detail="A bulk request has schemas, Operations and failOnErrors.")
    # Before anything is looked at, so that nobody can make us look for long.
    if len(operations) > MOST_BULK_OPERATIONS:
        raise PayloadTooLargeException(detail=f"A request has at most {MOST_BULK_OPERATIONS} operations.")
    schemas, most_errors = said.get("schemas"), said.get("failonerrors", MOST_BULK_OPERATIONS + 1)
    if not isinstance(schemas, list) or SCHEMA not in schemas:
        raise InvalidSyntaxException(detail=f"schemas: {SCHEMA}.")
    if isinstance(most_errors, bool) or not isinstance(most_errors, int) or most_errors < 1:
        raise InvalidValueException(detail="failOnErrors: a number of 1 or more.")
    if not operations:
        raise InvalidValueException(detail="Operations: at least one.")
    check_contents(tree, MOST_MEMBERS)
    return Asked([read(raw) for raw in operations], most_errors)


Result = Done | Error

LONGEST_RUN_S = 20.0
OUT_OF_TIME = Error(status=503, detail="The request as a whole took too long: send this operation again.")


@dataclass
class _Run:
    """What has been done so far, by the places of the operations."""

    caller: Caller
    operations: list[Operation]
    makers: dict[str, int] = field(default_factory=dict)
    """By bulkId: the operation that makes it."""
    results: dict[int, Result] = field(default_factory=dict)

    def key_of(self, bulk_id: str) -> str:
        made = self.results.get(self.makers.get(bulk_id, -1))
        if not isinstance(made, Done):
            # RFC 7644, section 3.7.1, for circles.
            raise ConflictException(detail="It refers to a bulkId that nothing made before it.")
        return made.key

    def needs(self, place: int) -> frozenset[int]:
        """The operations that make what this one refers to."""
        try:
            asked = named(self.operations[place])
        except SCIMException as fault:
            self.operations[place] = replace(self.operations[place], fault=fault)
            return frozenset()
        return frozenset(self.makers[bulk_id] for bulk_id in asked if bulk_id in self.makers)

    def perform(self, place: int) -> Result:
        operation = self.operations[place]
        try:
            if operation.fault is None:
                operation = resolved(operation, self.key_of)
            return perform(self.caller, operation, timezone.now())
        except Exception as error:
            return body_of(error)


def run(caller: Caller, asked: Asked) -> list[tuple[Operation, Result]]:
    """What was done, in the order in which it was asked for; what wasn't come to isn't there."""
    todo = _Run(caller, list(asked.operations))
    for place, operation in enumerate(todo.operations):
        if operation.method != "POST" or not operation.bulk_id:
            continue
        if todo.makers.setdefault(operation.bulk_id, place) != place:
            again = InvalidValueException(detail="bulkId: an operation before it has the same.")
            todo.operations[place] = replace(operation, fault=operation.fault or again)
    errors, ends = 0, monotonic() + LONGEST_RUN_S
    for place in in_order([todo.needs(place) for place in range(len(todo.operations))]):
        todo.results[place] = result = todo.perform(place) if monotonic() < ends else OUT_OF_TIME
        errors += isinstance(result, Error)
        if errors >= asked.most_errors:
            break
    return [(todo.operations[place], todo.results[place]) for place in sorted(todo.results)]


def _shown(operation: Operation, result: Result) -> Any:
    shown = {
        "method": operation.method if operation.method in SCOPES else None,
        "bulk_id": operation.bulk_id or None,
        "status": result.status,
    }
    if isinstance(result, Error):
        # A POST that failed made nothing that could be anywhere.
        place = None if operation.method == "POST" else address(operation.path.strip("/")[:300])
        return BulkResult(**shown, location=place, response=result)
    endpoint = operation.path.strip("/").partition("/")[0]
    return BulkResult(**shown, location=address(endpoint, result.key), version=result.version)
