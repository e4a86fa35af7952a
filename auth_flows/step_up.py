"""A page that needs more proof than the session has becomes a walk through the hosted pages and back."""

import datetime as dt
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.access import StepUpNeeded
from accounts.models import Brand, Realm
from auth_flows.requirement import Need, Reason
from auth_flows.start import Asked, begin


class StepUpMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, StepUpNeeded):
            return None
        operator = exception.realm == Realm.OPERATOR
        brand = None if operator else Brand.objects.filter(is_default=True).first()
        return begin(
            request,
            Asked(
                need=_need(exception, operator),
                realm=Realm(exception.realm),
                brand=brand,
                return_to=exception.return_to,
            ),
        )


def _need(asked: StepUpNeeded, operator: bool) -> Need:
    fresh = None
    if asked.within is not None:
        fresh = timezone.now() - dt.timedelta(seconds=asked.within)
    reasons = {Reason.OPERATOR} if operator else set()
    return Need(asked.level, fresh, frozenset(reasons | ({Reason.FRESH} if fresh else set())))
