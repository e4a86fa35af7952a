"""Olga at the workbench: she opens pages and presses buttons, as the admin's own URLs lead her."""

from dataclasses import dataclass, field

from django.contrib.auth.models import Permission
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.urls import resolve

from accounts.access import Assurance
from accounts.models import Account
from tests.people import operator


@dataclass
class Desk:
    """`said` are the messages that she was shown, in their order."""

    operator: Account
    said: list[str] = field(default_factory=list)

    def opens(self, path: str) -> HttpResponse:
        return self._asks(path, None)

    def reads(self, path: str) -> str:
        answer = self.opens(path)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    def posts(self, path: str, **posted: object) -> HttpResponse:
        return self._asks(path, posted)

    def _asks(self, path: str, posted: dict[str, object] | None) -> HttpResponse:
        factory = RequestFactory()
        request = factory.get(path) if posted is None else factory.post(path, posted)
        request.user = self.operator
        request.assurance = Assurance(2)  # type: ignore[attr-defined]
        request._messages = CookieStorage(request)  # type: ignore[attr-defined]
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        found = resolve(path.partition("?")[0])
        answer = found.func(request, *found.args, **found.kwargs)
        if isinstance(answer, TemplateResponse):
            answer.render()
        self.said += [str(message) for message in request._messages]  # type: ignore[attr-defined]
        assert isinstance(answer, HttpResponse)
        return answer


def olga() -> Desk:
    """She may do everything."""
    return Desk(operator())


def oskar(*permissions: str) -> Desk:
    """An operator who may do no more than this."""
    account = operator("oskar@example.com")
    account.is_superuser = False
    account.save(update_fields=["is_superuser"])
    names = [name.split(".") for name in permissions]
    for app, codename in names:
        account.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return Desk(account)
