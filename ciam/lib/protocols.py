"""The shorter way for protocols whose every call brings its own credential in the Authorization header.

Sessions, cross-site forms, languages and messages are things of browsers: their middleware comes after this
one, so that no cookie can ever be a credential at these doors. What `settings.PROTOCOL_URLCONF` doesn't have
goes on to the pages.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, get_resolver
from django.utils import translation

# Nothing in an answer is to be shown (OWASP REST Security Cheat Sheet, security headers).
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


class ProtocolMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resolver = get_resolver(settings.PROTOCOL_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            match = self.resolver.resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.get_host()  # refuses hosts that aren't ours
        request.resolver_match = match
        translation.deactivate()  # what a page before has left to this thread
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        if isinstance(response, HttpResponse):
            response.setdefault("Content-Length", str(len(response.content)))
        return response
