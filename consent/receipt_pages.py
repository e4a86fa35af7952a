"""Every answer that the customer ever gave, and its receipt to download, plain and signed."""

import uuid

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import customer
from accounts.models import Account
from consent.confirmation_links import wording
from consent.models import ConsentRecord
from consent.receipts import every_key, receipt, signed

MOST = 200


@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    account = customer(request)
    records = _of(account).order_by("-at", "-id")[:MOST]
    rows = [{"record": record, "title": wording(record)[1]} for record in records]
    return render(request, "consent/receipts.html", {"rows": rows})


@never_cache
@require_safe
def plain(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
    record = _own(request, record_id)
    return _file(JsonResponse(receipt(record), json_dumps_params={"indent": 2}), record, "json")


@never_cache
@require_safe
def as_jws(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
    record = _own(request, record_id)
    return _file(HttpResponse(signed(record, timezone.now()), content_type="application/jose"), record, "jws")


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    return JsonResponse(every_key())


def _own(request: HttpRequest, record_id: uuid.UUID) -> ConsentRecord:
    return get_object_or_404(_of(customer(request)), pk=record_id)


def _of(account: Account) -> QuerySet[ConsentRecord]:
    return account.consents.select_related("account", "version__purpose__brand", "purpose__brand")


def _file(response: HttpResponse, record: ConsentRecord, kind: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="consent-receipt-{record.pk}.{kind}"'
    return response
