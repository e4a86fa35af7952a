"""The cheapest authentication that there is: one token, compared."""

import os
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

TOKEN = os.environ["STOCK_TOKEN"]


class SignedIn:
    """What django-scim2 asks of `request.user`."""

    is_authenticated = True


class FixedBearer:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Authorization") == f"Bearer {TOKEN}":
            request.user = SignedIn()  # type: ignore[assignment]
        return self.get_response(request)
