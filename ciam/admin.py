"""The operators' workbench. Nobody signs in here: the hosted sign-in does that, with a second factor."""

from functools import wraps
from typing import Any, NoReturn

from django.contrib import admin
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.access import StepUpNeeded, assurance_of, safe_path
from accounts.models import Account, Realm

LEVEL = 2


class OperatorsSite(admin.AdminSite):
    site_header = _("CIAM operations")
    site_title = _("CIAM operations")
    index_title = _("Workbench")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (
            isinstance(user, Account)
            and user.realm == Realm.OPERATOR
            and user.is_active
            and user.is_staff
            and assurance_of(request).level >= LEVEL
        )

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        asked = request.GET.get("next", "")
        home = reverse("admin:index")
        safe = asked.startswith(home) and safe_path(asked)
        raise StepUpNeeded(asked if safe else home, level=LEVEL, realm=Realm.OPERATOR)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            # PostgreSQL has no NUL in a text; Django's filters would hand it on.
            if any("\x00" in value for values in request.GET.lists() for value in values[1]):
                raise SuspiciousOperation("A query with NUL.")
            return inner(request, *args, **kwargs)

        return guarded
