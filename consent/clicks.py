"""An answer that somebody gave on a page of ours, with what proves it."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account
from ciam.lib.crypto import keyed_hash
from consent.ledger import Given, Shown
from consent.models import Decision, Method, PurposeVersion, text_hash


def clicked(
    request: HttpRequest,
    account: Account,
    version: PurposeVersion,
    locale: str,
    decision: Decision,
    page: str,
) -> Given:
    """`locale` is the one in which the wording was shown, `page` the path on which it was."""
    shown = Shown(version, text_hash(version.texts[locale]), locale, f"{settings.BASE_URL}{page}")
    return Given(
        account_id=account.pk,
        shown=shown,
        decision=decision,
        method=Method.CLICK,
        actor=Actor("customer", str(account.pk)),
        said_at=timezone.now(),
        address_hash=keyed_hash("address", str(request.META.get("REMOTE_ADDR", ""))),
        agent_hash=keyed_hash("agent", str(request.META.get("HTTP_USER_AGENT", ""))),
    )
