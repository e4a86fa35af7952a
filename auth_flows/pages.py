"""The hosted sign-in's views. One view serves all steps."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import safe_path
from accounts.models import Brand
from auth_flows import recovering, trusting
from auth_flows.again import expired
from auth_flows.facts import methods
from auth_flows.journey import PROOFS, step_of
from auth_flows.models import Intent, SignIn
from auth_flows.oidc import answers
from auth_flows.oidc.requests import AuthorizationRequest
from auth_flows.refusing import tells_refusals
from auth_flows.requirement import Need, Reason
from auth_flows.risk import failures
from auth_flows.risk.weighing import is_due, weigh
from auth_flows.start import Asked, SeeOther, begin, complete, find
from auth_flows.steps.base import ProofStep, Stale, Step
from auth_flows.steps.email_code import EmailCode
from auth_flows.steps.identify import Identify
from auth_flows.steps.sms_code import SmsCode
from auth_flows.trouble import trouble
from auth_flows.walk import Walk

REASONS = {
    Reason.APP: _("This app asks for a second proof."),
    Reason.FRESH: _("This app asks you to prove again that it is you."),
    Reason.OPERATOR: _("Operators sign in with two proofs."),
    Reason.OWN_FACTOR: _("Your account has a second factor."),
    Reason.SELF_SERVICE: _("What you are about to see or change is protected: prove again that it is you."),
    Reason.RISK: _("This sign-in looks unlike your others, so we ask for one more proof."),
    Reason.NEW_DEVICE: _("You haven't signed in with this device before."),
    Reason.NEW_COUNTRY: _("You haven't signed in from this country before."),
    Reason.CONNECTING: _(
        "We can't tell whose address that is. Prove it once, and you sign in from there next time."
    ),
}


def _begin_here(request: HttpRequest, intent: Intent) -> HttpResponse:
    brand = Brand.objects.filter(is_default=True).first()
    return_to = safe_path(request.GET.get("next", ""))
    return begin(request, Asked(need=Need(), intent=intent, brand=brand, return_to=return_to))


@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    return _begin_here(request, Intent.SIGN_IN)


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    return _begin_here(request, Intent.REGISTER)


@require_GET
def recover(request: HttpRequest) -> HttpResponse:
    return _begin_here(request, Intent.RECOVER)


@require_http_methods(["GET", "POST"])
@tells_refusals
def step(request: HttpRequest, sign_in_id: uuid.UUID) -> HttpResponse:
    """The page of a sign-in's next step."""
    walk = find(request, sign_in_id)
    if walk is None:
        return expired(request, sign_in_id)
    if is_due(walk):  # proven on a page of another kind
        walk = _weighed(walk)
    page = step_of(walk)
    if page is None:
        return complete(walk)
    if request.method == "POST":
        return _taken(walk, page)
    wanted = {Intent.SIGN_IN, Intent.REGISTER} - {walk.row.intent}
    if isinstance(page, Identify) and not walk.operator and request.GET.get("intent") in wanted:
        SignIn.objects.filter(pk=walk.row.pk).update(intent=request.GET["intent"])
        return SeeOther(request.path)
    return _shown(walk, page, page.form())


def _taken(walk: Walk, page: Step) -> HttpResponse:
    posted = walk.request.POST
    if "switch" in posted:
        return _switched(walk, posted["switch"])
    if walk.request.GET.get("step") != page.name:
        return SeeOther(walk.request.path)  # a page from before: show what is to be answered now
    form = page.form(None if "resend" in posted else posted)
    try:
        if "resend" in posted:
            if not isinstance(page, EmailCode | SmsCode):
                raise Stale
            page.send()
            return SeeOther(f"{walk.request.path}?resent")
        if form.is_valid():
            page.check(form)
            return applied(walk, page, form)
    except Stale:
        return SeeOther(walk.request.path)
    except ValidationError as error:
        if isinstance(page, ProofStep) and form.is_bound and getattr(error, "code", "") != "too_many":
            failures.note(walk)
        if not form.is_bound:
            form = page.form({})
            form.full_clean()
            form.errors.clear()
        form.add_error(None, error)
    return _shown(walk, page, form)


def applied(walk: Walk, page: Step, form: Form) -> HttpResponse:
    """What was checked takes effect, and on to the next page."""
    here = reverse("sign-in-step", args=[walk.row.pk])
    with transaction.atomic():
        locked = _locked(walk)
        if locked is None:
            return SeeOther(here)
        page.walk = walk = locked
        offered = trusting.days_offered(walk, page)
        if type(step_of(walk)) is type(page):
            page.apply(form)
            walk.draft.trust = walk.draft.trust or ("trust_device" in walk.request.POST and offered > 0)
            weigh(walk)
            walk.save()
    following = step_of(walk)
    if following is None:
        return complete(walk)
    following.enter()
    return SeeOther(here)


def _weighed(walk: Walk) -> Walk:
    with transaction.atomic():
        locked = _locked(walk)
        if locked is None:
            return walk  # finished in another tab: so nothing is left to finish here
        weigh(locked)
        locked.save()
    return locked


def _switched(walk: Walk, wanted: str) -> HttpResponse:
    with transaction.atomic():
        locked = _locked(walk)
        if locked is None:
            return SeeOther(walk.request.path)
        if wanted == Intent.RECOVER and not locked.operator:
            recovering.begin_anew(locked)
        elif wanted in methods(locked.facts(), locked.need()):
            locked.row.way = wanted
        else:
            return SeeOther(walk.request.path)
        locked.save()
    following = step_of(locked)
    if following is not None:
        following.enter()
    return SeeOther(walk.request.path)


def _locked(walk: Walk) -> Walk | None:
    """The same sign-in as it is now, locked; None where another tab has finished it."""
    rows = SignIn.objects.select_for_update(of=("self",)).filter(pk=walk.row.pk, finished_at=None)
    row = rows.select_related("brand", "client").first()
    return Walk.of(row, walk.request, walk.now) if row else None


def _shown(walk: Walk, page: Step, form: Form) -> HttpResponse:
    need = walk.need()
    is_proof = isinstance(page, ProofStep)
    context = {
        "step": {"name": page.name, "title": page.title},
        "form": form,
        "action": f"{walk.request.path}?step={page.name}",
        "brand": walk.brand,
        "app_name": walk.client.name if walk.client else "",
        "identifier": walk.draft.said,
        "reasons": [REASONS[reason] for reason in sorted(need.reasons)] if is_proof else [],
        "others": _other_ways(walk, page) if is_proof else [],
        "start_over_url": _again(walk),
        "trouble": trouble(walk.request),
        "trust_days": trusting.days_offered(walk, page),
        **page.context(form),
    }
    response = render(walk.request, f"auth_flows/steps/{page.name}.html", context)
    _let_leave(walk, page, response)
    if form.has_error("__all__", "bad_passkey"):
        response.status_code = 400
    if form.has_error("__all__", "too_many"):
        response.status_code = 429
        response["Retry-After"] = str(_wait(form))
    return response


def _wait(form: Form) -> int:
    """Seconds until the limit that was reached is open again."""
    errors = form.errors["__all__"].as_data()
    return max(int((error.params or {}).get("after", 60)) for error in errors)


def _other_ways(walk: Walk, page: Step) -> list[dict[str, object]]:
    offered = methods(walk.facts(), walk.need())
    ways: list[dict[str, object]] = [
        {"name": method.value, "label": PROOFS[method].way} for method in offered if method.value != page.name
    ]
    return ways + recovering.lost_all(walk)


def _again(walk: Walk) -> str:
    """Begin anew, as somebody else, for the same app."""
    if walk.row.request and walk.client:
        return AuthorizationRequest.from_json(walk.row.request).address()
    query = urlencode({"next": walk.row.return_to}) if walk.row.return_to else ""
    return f"{reverse('sign-in')}?{query}".rstrip("?")


def _let_leave(walk: Walk, page: Step, response: HttpResponse) -> None:
    """A form here may end in a redirect to the app: browsers hold form-action against that as well."""
    allowed = page.csp()
    if walk.row.request:
        allowed["form-action"] = [answers.origin(AuthorizationRequest.from_json(walk.row.request))]
    response._csp_update = allowed  # type: ignore[attr-defined]
