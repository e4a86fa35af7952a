"""The page behind the link of a guardian's mail. Looking at it answers nothing."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import guardians
from accounts.models import Membership

ANSWERS = {"yes": guardians.give, "no": guardians.refuse}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    row = guardians.behind_link(token, now)
    if row is None:
        return render(request, "accounts/guardian.html", {"state": "gone"}, status=404)
    member = (
        Membership.objects.filter(account=row.account_id).select_related("brand").order_by("since").first()
    )
    context = {"brand": member.brand if member else None, "state": "ask"}
    if request.method == "POST":
        said = request.POST.get("answer", "")
        if said not in ANSWERS:
            return HttpResponseBadRequest("answer must be yes or no.", content_type="text/plain")
        context["state"] = said if ANSWERS[said](row, now) else "gone"
    return render(request, "accounts/guardian.html", context)
