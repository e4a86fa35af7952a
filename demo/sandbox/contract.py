"""Holds requests and answers against a vendor's OpenAPI file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import OperationNotFound, PathError
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.validation.request.exceptions import SecurityValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from demo.sandbox.answers import encoded
from demo.sandbox.shapes import Json, ShapeError, parse
from demo.sandbox.vendor import Answer, Call, Violation

SPECS = Path(__file__).parent / "specs"


@dataclass
class _Asked:
    """A request in the form that openapi-core reads."""

    host_url: str
    path: str
    method: str
    content_type: str
    body: bytes | None
    parameters: RequestParameters


@dataclass
class _Answered:
    """An answer in the form that openapi-core reads."""

    status_code: int
    content_type: str
    headers: Headers
    data: bytes | None


class Contract:
    def __init__(self, spec: str) -> None:
        # "forbid": a misspelt field would otherwise pass unseen, since a schema allows what it does not name.
        self._api = OpenAPI.from_file_path(
            str(SPECS / spec),
            config=Config(
                additional_properties_default_policy="forbid",
                extra_media_type_deserializers={"text/csv": _as_text},
            ),
        )
        self._host = str(self._api.spec["servers"][0]["url"])
        self._paths = APICallPathFinder(self._api.spec)

    def check(self, call: Call) -> tuple[Call, list[Violation]]:
        """The call with its operation, path values and parsed body, and what the contract has against it."""
        try:
            found = self._paths.find(call.method.lower(), self._host + call.path)
        except OperationNotFound:
            return call, [Violation("method", f"{call.method} is not possible on {call.path}.")]
        except PathError:
            return call, [Violation("path", f"There is nothing at {call.path}.")]
        known = replace(
            call,
            operation=str(found.operation["operationId"]),
            path_values=dict(found.path_result.variables or {}),
        )
        try:
            known = replace(known, content=_content(call))
        except ShapeError as exc:
            # Without its unreadable body the request still shows whether its credentials are missing.
            others = self._violations(replace(call, body=b""))
            denied = [violation for violation in others if violation.kind == "credentials"]
            return known, denied or [Violation("shape", str(exc))]
        return known, self._violations(call)

    def _violations(self, call: Call) -> list[Violation]:
        return [_violation(error) for error in self._api.iter_request_errors(self._asked(call))]

    def faults_of(self, call: Call, answer: Answer) -> list[str]:
        """Sentences about what is wrong with an answer; empty when it keeps the contract."""
        answered = _Answered(
            answer.status, answer.content_type, Headers(list(answer.headers.items())), encoded(answer)
        )
        errors = self._api.iter_response_errors(self._asked(call), answered)
        return [sentence for error in errors for sentence in _sentences(error)]

    def _asked(self, call: Call) -> _Asked:
        query = ImmutableMultiDict((name, value) for name, many in call.query.items() for value in many)
        parameters = RequestParameters(query=query, header=Headers(list(call.headers.items())))
        return _Asked(
            host_url=self._host,
            path=call.path,
            method=call.method.lower(),
            content_type=call.content_type,
            body=call.body or None,
            parameters=parameters,
        )


def _content(call: Call) -> Json:
    if not call.body:
        return None
    if call.content_type in {"text/csv", "application/secevent+jwt"}:
        return _as_text(call.body)
    if call.content_type == "application/x-www-form-urlencoded":
        return {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    return parse(call.body)


def _as_text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _violation(error: Exception) -> Violation:
    kind = "credentials" if isinstance(error, SecurityValidationError) else "shape"
    return Violation(kind, "; ".join(_sentences(error)))


def _sentences(error: BaseException) -> Iterator[str]:
    """openapi-core keeps the useful part in `__cause__.schema_errors`; else the error itself says it."""
    details = getattr(error.__cause__, "schema_errors", None)
    if not details:
        yield str(error)
        return
    for detail in details:
        place = ".".join(str(step) for step in detail.absolute_path)
        yield f"{place}: {detail.message}" if place else detail.message
