"""The certificate of an erasure, as a page to print and as JSON to keep."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from provisioning.certificate import Certificate, NotErased, certificate

View = Callable[..., HttpResponse]


def certificate_page(desk: "admin.ModelAdmin[Any]") -> View:
    def page(request: HttpRequest, account_id: UUID) -> HttpResponse:
        context = {
            **desk.admin_site.each_context(request),
            "title": _("Certificate of erasure"),
            "opts": desk.model._meta,
            "certificate": _certificate(desk, request, account_id),
        }
        return TemplateResponse(request, "admin/provisioning/certificate/page.html", context)

    return page


def certificate_json(desk: "admin.ModelAdmin[Any]") -> View:
    def download(request: HttpRequest, account_id: UUID) -> HttpResponse:
        issued = _certificate(desk, request, account_id)
        said = {**asdict(issued), "complete": issued.is_complete}
        name = f"erasure-{account_id}.json"
        attachment = {"Content-Disposition": f'attachment; filename="{name}"'}
        return JsonResponse(said, headers=attachment, json_dumps_params={"indent": 2})

    return download


def _certificate(desk: "admin.ModelAdmin[Any]", request: HttpRequest, account_id: UUID) -> Certificate:
    if not desk.has_view_permission(request):
        raise PermissionDenied
    account = get_object_or_404(Account.objects.customers(), pk=account_id)
    try:
        return certificate(account, timezone.now())
    except NotErased:
        raise Http404(_("This account is not erased.")) from None
