"""Who may change how an account is proven: its owner, who has just proven as much as it can prove."""

from collections.abc import Mapping

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import assurance_of, customer
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows.assurance import Method, Proof, factors_of, level_of
from auth_flows.persons import held_by
from auth_flows.sessions import SessionStore, proofs_of, session_of

FRESH_S = 600


def owner(request: HttpRequest, page: str) -> Account:
    """The account, proven at its own level within ten minutes; raises StepUpNeeded. `page`: where to come
    back to, since a form that was sent is not sent again."""
    account = customer(request, return_to=page)
    return customer(request, level=own_level(account), within=FRESH_S, return_to=page)


def own_level(account: Account) -> int:
    """2 for whoever has two factors. Nobody is asked here for more than they have."""
    return max(1, min(2, level_of(factors_of(held_by(account)))))


def proven(request: HttpRequest, method: Method) -> None:
    """The session has proven this as well: whoever has just confirmed it is not asked for it at once."""
    store, session = request.session, session_of(request)
    assert isinstance(store, SessionStore)
    earlier = [proof for proof in proofs_of(session) if proof.method != method]
    store.raise_level([*earlier, Proof(method, timezone.now())])


def page(
    request: HttpRequest,
    name: str,
    account: Account,
    *,
    form: Form | None = None,
    status: int = 200,
    more: Mapping[str, object] | None = None,
) -> HttpResponse:
    context = {
        "account_name": snapshot(account).name,
        "brand": assurance_of(request).brand,
        "sign_out_url": reverse("oidc-logout"),
        "back_url": reverse("account"),
        "form": form,
        **(more or {}),
    }
    return render(request, f"auth_flows/security/{name}.html", context, status=status)
