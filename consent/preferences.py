"""The customer's choices: each purpose with its exact text, one button to change it."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.access import customer
from accounts.models import Account, MembershipStatus
from accounts.overview import Panel
from consent import ledger
from consent.clicks import clicked
from consent.models import ConsentRecord, Decision, PurposeVersion

CHOICES = {Decision.GIVEN, Decision.WITHDRAWN}


def panel(request: HttpRequest, account: Account) -> Panel:
    """The purposes of every brand that this customer is with."""
    versions = _versions(account)
    stands = ledger.current([account.pk], [version.purpose for version in versions])
    rows = [_row(version, stands.get((account.pk, version.purpose_id))) for version in versions]
    return Panel("consent/panels/consents.html", _("What you agreed to"), rows)


def _versions(account: Account) -> list[PurposeVersion]:
    memberships = account.memberships.exclude(status=MembershipStatus.ENDED).select_related("brand")
    return [version for membership in memberships for version in ledger.latest_versions(membership.brand)]


def _row(version: PurposeVersion, stands: ConsentRecord | None) -> dict[str, object]:
    _locale, title, text = version.wording(get_language() or "en")
    given = ledger.is_given(stands)
    return {
        "purpose_title": title,
        "text": text,
        "state": stands.decision if stands else "none",
        "since": stands.said_at if stands else None,
        "surface": stands.surface if stands else "",
        # Terms go with the account: one can't withdraw them and keep it.
        "action_url": None if version.purpose.required else reverse("consent-answer", args=[version.pk]),
        "decision": Decision.WITHDRAWN if given else Decision.GIVEN,
        "button_label": _("Withdraw") if given else _("Agree"),
    }


@require_POST
def answer(request: HttpRequest, version_id: object) -> HttpResponse:
    """What a button said: agree to the wording that was shown, or withdraw.

    The button posts its own words. Turning round what stands would let an old page's "Withdraw" agree.
    """
    account = customer(request, return_to=reverse("account"))
    shown = {version.pk: version for version in _versions(account)}
    version = get_object_or_404(PurposeVersion, pk=version_id)
    if version.pk not in shown or version.purpose.required:
        return redirect("account")  # the wording has changed since that page: show it anew
    if request.POST.get("decision") not in CHOICES:
        return HttpResponseBadRequest("decision must be given or withdrawn.", content_type="text/plain")
    decision = Decision(request.POST["decision"])
    stands = ledger.current([account.pk], [version.purpose]).get((account.pk, version.purpose_id))
    if decision == Decision.GIVEN or ledger.is_given(stands):
        locale = version.wording(get_language() or "en")[0]
        said = clicked(request, account, version, locale, decision, reverse("account"))
        ledger.write([said], timezone.now())
    return redirect(f"{reverse('account')}#panel-3")
