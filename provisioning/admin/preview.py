"""What a target would know of somebody now, and why. Looks only: nothing leaves, nothing is written."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.admin import PERSONAL, operator_of
from accounts.identifiers import BadIdentifier, normal_email
from accounts.models import Account, Identifier, IdentifierKind
from ciam.lib.outbox import NeedsHuman
from provisioning import runs
from provisioning.admin.operating import Desk, one_of
from provisioning.connectors.base import Erase, Hold, HoldNothing, Wanted
from provisioning.models import Connector
from provisioning.preview import Preview, preview


def preview_page(desk: Desk) -> Callable[..., HttpResponse]:
    def page(request: HttpRequest, key: UUID) -> HttpResponse:
        connector = one_of(desk, request, key)
        if request.method == "POST":
            return _posted(desk, request, connector)
        account = account_with_id(request.GET.get("account", ""))
        shown = _preview(desk, request, connector, account) if account else None
        context = {
            **desk.admin_site.each_context(request),
            "title": _("What %(target)s would know now") % {"target": connector.name},
            "opts": desk.model._meta,
            "connector": connector,
            "account": account,
            "preview": shown,
            "decision": decision(shown.wanted) if shown else "",
            "sees_values": request.user.has_perm(PERSONAL),
            "may_send": request.user.has_perm("provisioning.change_link"),
        }
        return TemplateResponse(request, "admin/provisioning/connector/preview.html", context)

    return page


def _preview(desk: Desk, request: HttpRequest, connector: Connector, account: Account) -> Preview | None:
    try:
        return preview(connector, account, timezone.now())
    except NeedsHuman as error:
        desk.message_user(request, str(error), messages.ERROR)
        return None


def _posted(desk: Desk, request: HttpRequest, connector: Connector) -> HttpResponse:
    """An address is asked for by POST, so that it stands in no log, and answered by an id."""
    account = account_with_id(request.POST.get("send", ""))
    if account and request.user.has_perm("provisioning.change_link"):
        count = runs.resync_person(account, operator_of(request))
        said = _("This person is sent again to each of %(count)d targets.") % {"count": count}
        desk.message_user(request, said, messages.SUCCESS)
    else:
        account = account or find(connector, request.POST.get("who", ""))
    if account is None:
        said = _("Nobody has this address at %(brand)s, or this id.") % {"brand": connector.brand.name}
        desk.message_user(request, said, messages.WARNING)
        return HttpResponseRedirect(request.path)
    return HttpResponseRedirect(f"{request.path}?account={account.pk}")


def find(connector: Connector, said: str) -> Account | None:
    """By the account's id, or by the exact address: as the brand reaches the person, or as is their own."""
    if account := account_with_id(said):
        return account
    try:
        normal = normal_email(said)[1]
    except BadIdentifier:
        return None
    scopes = [str(connector.brand_id), ""]
    known = Identifier.objects.filter(
        kind=IdentifierKind.EMAIL, normal=normal, scope__in=scopes, retired_at=None
    )
    found = known.filter(account__in=Account.objects.customers()).order_by("-scope").first()
    return found.account if found else None


def account_with_id(said: str) -> Account | None:
    try:
        key = UUID(said.strip())
    except ValueError:
        return None
    return Account.objects.customers().filter(pk=key).first()


def decision(wanted: Wanted) -> str:
    match wanted:
        case Hold(basis=basis):
            words = _("It may hold what is ticked below, for “%(purpose)s” (version %(version)d).")
            return words % {"purpose": basis.purpose, "version": basis.version}
        case HoldNothing(why=why):
            return _("It may hold nothing. %(why)s") % {"why": why}
        case Erase(why=why):
            return _("It has to erase this person for good. %(why)s") % {"why": why}
