"""Recovery codes: how many are left, and new ones, shown once."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from auth_flows.assurance import SECOND
from auth_flows.methods import recovery_code
from auth_flows.persons import held_by
from auth_flows.security.access import owner, page


@require_http_methods(["GET", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    account = owner(request, reverse("security-codes"))
    if not held_by(account) & SECOND:
        return redirect("security-app-add")  # nothing that they could stand in for
    if request.method == "GET":
        left = recovery_code.left(account)
        return page(request, "codes", account, more={"left": left, "is_low": _is_low(left)})
    made = recovery_code.new_codes()
    with transaction.atomic():
        Account.objects.locked([account.pk])
        recovery_code.replace(account, made, timezone.now())
    # In this answer and in no other: nothing that could show them again is kept.
    return page(request, "codes_made", account, more={"codes": made})


def _is_low(left: int | None) -> bool:
    return left is not None and left <= recovery_code.FEW
