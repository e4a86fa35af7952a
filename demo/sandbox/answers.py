"""From an Answer to the bytes on the wire, and how a scripted fault spoils one."""

import json

from werkzeug.wrappers import Response

from demo.sandbox.shapes import Json
from demo.sandbox.vendor import Answer


def encoded(answer: Answer) -> bytes | None:
    if answer.raw is not None:
        return answer.raw
    return None if answer.body is None else json.dumps(answer.body).encode()


def response(answer: Answer) -> Response:
    data = encoded(answer)
    made = Response(data or b"", status=answer.status, content_type=answer.content_type)
    if data is None:
        del made.headers["Content-Type"]
    for name, value in answer.headers.items():
        made.headers[name] = value
    return made


def readable(answer: Answer) -> Json:
    """The body for the record: JSON as it is, anything else as text."""
    if answer.raw is None:
        return answer.body
    return answer.raw.decode("utf-8", "replace")
