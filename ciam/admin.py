"""The operators' workbench. Nobody signs in here: the hosted sign-in does that, with a second factor."""

from typing import Any, NoReturn

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.access import StepUpNeeded, assurance_of
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
        safe = asked.startswith(home) and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
        raise StepUpNeeded(asked if safe else home, level=LEVEL, realm=Realm.OPERATOR)
