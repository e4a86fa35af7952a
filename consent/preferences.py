"""The choices of a customer who is signed in, at every brand that they are with."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.access import customer
from accounts.models import Account, Brand, MembershipStatus
from accounts.overview import Panel
from consent.preference_answers import TOLD, NoButton, Outcome, Press, stop_all, take
from consent.preference_choices import choices


@dataclass(frozen=True)
class ChoicesPanel(Panel):
    """`rows` are Choices, one for each brand; `told` is what came of the button that led here."""

    told: str | Promise | None
    is_good: bool
    """Whether the button did what it said."""

    @property
    def level(self) -> int:
        """Of a purpose's heading: below its brand's, where there are several."""
        return 4 if len(self.rows) > 1 else 3


def panel(request: HttpRequest, account: Account) -> Panel:
    rows = [choices(account, brand, by_link=False) for brand in _brands(account)]
    said = request.GET.get("said", "")
    return ChoicesPanel(
        "consent/panels/consents.html",
        _("What you agreed to"),
        [row for row in rows if row.open or row.fixed],
        TOLD.get(said),
        said != Outcome.OUTDATED,
    )


def _brands(account: Account) -> list[Brand]:
    memberships = account.memberships.exclude(status=MembershipStatus.ENDED).select_related("brand")
    return [membership.brand for membership in memberships.order_by("brand__name", "pk")]


@require_POST
def answer(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What the button of one purpose said."""
    account = customer(request, return_to=reverse("account"))
    try:
        press = Press.of(request.POST.dict(), version_id)
    except NoButton:
        return HttpResponseBadRequest("decision must be given or withdrawn.", content_type="text/plain")
    outcome = take(request, account, _brands(account), press, reverse("account"), by_link=False)
    return _back(outcome)


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop everything that can be stopped, at all brands or at the one that is named."""
    account = customer(request, return_to=reverse("account"))
    named = request.POST.get("brand", "")
    brands = [brand for brand in _brands(account) if named in {"", brand.slug}]
    return _back(stop_all(request, account, brands, reverse("account")))


def _back(outcome: Outcome) -> HttpResponse:
    return redirect(f"{reverse('account')}?said={outcome}#consents")
