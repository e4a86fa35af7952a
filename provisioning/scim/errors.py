"""Every refusal and failure as a SCIM error body (RFC 7644, section 3.12)."""

import logging
from traceback import format_tb

from django.db import OperationalError
from django.http import HttpResponse
from pydantic import ValidationError
from scim2_models import (
    Error,
    ForbiddenException,
    InvalidValueException,
    SCIMException,
    UnauthorizedException,
    UniquenessException,
)

from accounts.attributes import ATTRIBUTES
from accounts.identifiers import BadIdentifier
from accounts.profiles import BadAttribute
from accounts.segments import BadSegment, ExternalIdTaken, UnknownMembers
from consent.proofs import UnknownPurpose
from provisioning.websites import NotAdmitted, UnknownCaller

CONTENT_TYPE = "application/scim+json"

log = logging.getLogger(__name__)


class MethodNotAllowed(SCIMException):
    status = 405
    _default_detail = "This method is not available here."

    def __init__(self, allowed: str) -> None:
        super().__init__()
        self.allowed = allowed


class UnsupportedMediaType(SCIMException):
    status = 415
    _default_detail = "Send JSON in UTF-8, as application/scim+json or application/json."


class ScopeMissing(ForbiddenException):
    def __init__(self, scope: str) -> None:
        super().__init__(detail=f"The token has no scope “{scope}”.")
        self.scope = scope


def answer(error: Exception) -> HttpResponse:
    """The response to whatever a view raised. What nobody foresaw is logged without its message, which
    may carry personal values (PostgreSQL quotes the row that offends)."""
    body = body_of(error)
    response = HttpResponse(body.model_dump_json(), content_type=CONTENT_TYPE, status=body.status)
    for name, value in _headers(error).items():
        response[name] = value
    return response


def body_of(error: Exception) -> Error:
    """As `answer`, for one operation of several."""
    body = _body(error)
    if body is None:
        frames = "".join(format_tb(error.__traceback__))
        log.error("a SCIM call failed with %s\n%s", type(error).__name__, frames)
        return Error(status=500, detail="This failed for a reason of ours; nothing was changed.")
    return body


def _body(error: Exception) -> Error | None:
    if isinstance(error, ValidationError):
        return Error.from_validation_errors(error)[0]
    if isinstance(error, OperationalError):
        return Error(status=503, detail="Too busy just now; nothing was changed. Try again.")
    known = error if isinstance(error, SCIMException) else _translated(error)
    return known.to_error() if known else None


def _translated(error: Exception) -> SCIMException | None:
    match error:
        case UnknownCaller():
            return UnauthorizedException(detail=str(error))
        case NotAdmitted():
            return ForbiddenException(detail=str(error))
        case BadAttribute():
            return InvalidValueException(detail=f"{ATTRIBUTES[error.attribute].scim}: {error.why}")
        case BadIdentifier():
            return InvalidValueException(detail=f"userName: {error}")
        case UnknownPurpose():
            return InvalidValueException(detail=f"consents: {error}")
        case BadSegment():
            return InvalidValueException(detail=f"The group can't be kept so: {error}.")
        case UnknownMembers():
            return InvalidValueException(detail="members: not all of them are users of yours.")
        case ExternalIdTaken():
            return UniquenessException(detail="externalId: another group of yours has it.")
    return None


def _headers(error: Exception) -> dict[str, str]:
    match error:
        case UnknownCaller() | NotAdmitted():
            return {"WWW-Authenticate": error.challenge("scim")}
        case ScopeMissing():
            challenge = f'Bearer realm="scim", error="insufficient_scope", scope="{error.scope}"'
            return {"WWW-Authenticate": challenge}
        case MethodNotAllowed():
            return {"Allow": error.allowed}
        case OperationalError():
            return {"Retry-After": "1"}
    return {}
