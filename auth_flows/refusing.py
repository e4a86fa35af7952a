"""What somebody sees when an app's request can't be answered by a redirect: the app itself is in doubt."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from auth_flows.oidc.refusals import RefusedHere

View = Callable[..., HttpResponse]


def tells_refusals(view: View) -> View:
    """A page of ours with the error, and no redirect (RFC 6749, 4.1.2.1)."""

    @wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RefusedHere as error:
            context = {"code": error.code, "sentence": error.sentence, "hint": error.hint}
            return render(request, "auth_flows/app_error.html", context, status=400)

    return telling
