"""The frame of endpoints that programs call: no session, no CSRF token, errors in JSON, nothing cached."""

from collections.abc import Callable, Mapping
from functools import wraps

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from auth_flows.oidc.refusals import Refused

Handler = Callable[[HttpRequest], HttpResponse]

OPEN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "3600",
}
"""Apps that run in a page call us from their own origin. No cookie is read here, so anybody may call."""


def endpoint(*methods: str, browsers: bool = False) -> Callable[[Handler], Handler]:
    """`browsers` says whether pages of any origin may call it (Fetch standard, 3.3)."""

    def frame(handler: Handler) -> Handler:
        @csrf_exempt
        @wraps(handler)
        def view(request: HttpRequest) -> HttpResponse:
            if browsers and request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response["Access-Control-Allow-Methods"] = ", ".join(methods)
            elif request.method not in methods:
                response = HttpResponseNotAllowed(methods)
            else:
                response = _answered(handler, request)
            response.setdefault("Cache-Control", "no-store")
            for name, value in (OPEN_HEADERS if browsers else {}).items():
                response[name] = value
            return response

        return view

    return frame


def _answered(handler: Handler, request: HttpRequest) -> HttpResponse:
    try:
        return handler(request)
    except Refused as refused:
        return told(refused)
    except (BadRequest, SuspiciousOperation, UnreadablePostError):
        return told(Refused("invalid_request", "The request can not be read."))


def told(refused: Refused) -> JsonResponse:
    """RFC 6749, 5.2."""
    said = {"error": refused.error, "error_description": refused.description}
    return JsonResponse(said, status=refused.status, headers=dict(refused.headers))


def answer(said: Mapping[str, object]) -> JsonResponse:
    """RFC 6749, 5.1: what is told here is for nobody's cache."""
    return JsonResponse(said, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
