"""The matrix of a target as a grid of checkboxes."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.admin import operator_of
from ciam.lib.outbox import NeedsHuman
from provisioning import matrix_editing
from provisioning.admin.operating import Desk, one_of
from provisioning.models import Connector


def matrix_page(desk: Desk) -> Callable[..., HttpResponse]:
    def page(request: HttpRequest, key: UUID) -> HttpResponse:
        connector = one_of(desk, request, key)
        may_change = desk.has_change_permission(request, connector)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            _save(desk, request, connector)
            return HttpResponseRedirect(request.path)
        try:
            shown = matrix_editing.grid(connector)
        except NeedsHuman as error:
            desk.message_user(request, str(error), messages.ERROR)
            shown = None
        context = {
            **desk.admin_site.each_context(request),
            "title": _("What %(target)s may know, and for what") % {"target": connector.name},
            "opts": desk.model._meta,
            "connector": connector,
            "grid": shown,
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/provisioning/connector/matrix.html", context)

    return page


def _save(desk: Desk, request: HttpRequest, connector: Connector) -> None:
    chosen, mark = request.POST.getlist("cell"), request.POST.get("mark", "")
    try:
        changed = matrix_editing.save(connector, chosen, mark, operator_of(request), timezone.now())
    except matrix_editing.Outdated:
        said = _("Somebody else has changed the matrix meanwhile. This is how it is now; nothing was saved.")
        desk.message_user(request, said, messages.ERROR)
        return
    except NeedsHuman as error:
        desk.message_user(request, str(error), messages.ERROR)
        return
    told = ngettext("%(count)d cell is changed.", "%(count)d cells are changed.", changed)
    desk.message_user(request, told % {"count": changed}, messages.SUCCESS)
    if changed and connector.is_active and connector.keeps_state:
        desk.message_user(request, _("Everybody is sent to it anew: see the runs."), messages.INFO)
