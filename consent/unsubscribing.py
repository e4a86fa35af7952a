"""List-Unsubscribe: one press in a mail program ends a purpose (RFC 2369, RFC 8058).

https://www.rfc-editor.org/rfc/rfc8058. A mail program's server posts here without cookies, follows no
redirect, and is answered at once. People who open the address get a page with a button.
"""

import datetime as dt

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Membership
from consent import ledger
from consent.models import ConsentRecord, Decision, Purpose, PurposeVersion
from consent.preference_answers import Press, take
from consent.preference_choices import NO, is_fixed
from consent.preference_links import Asked, Gone, address, mailbox_of, read, token
from consent.preference_pages import gone, private

FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"
# What the ledger names as the page. The rest of the address is a secret.
SURFACE = "/preferences/unsubscribe/"


class CantUnsubscribe(ValueError):
    """Mail for this purpose goes with the contract, or this person has no address to send it to."""


def links(member: Membership, purpose: Purpose, now: dt.datetime) -> tuple[str, str]:
    """(page of choices, one-click address) for a mail to this member for this purpose.

    Raises CantUnsubscribe.
    """
    if is_fixed(purpose) or purpose.brand_id != member.brand_id:
        raise CantUnsubscribe(f"Nobody unsubscribes from “{purpose.key}” at {member.brand}.")
    mailbox = mailbox_of(member)
    if mailbox is None:
        raise CantUnsubscribe("There is no address to send mail to.")
    page = address(token(member, mailbox.normal, now, purpose.key))
    return page, f"{page}unsubscribe/"


def headers(member: Membership, purpose: Purpose, now: dt.datetime) -> dict[str, str]:
    """What a mail to this member for this purpose carries (RFC 8058, section 3.1).

    Both have to be covered by the mail's DKIM signature. Raises CantUnsubscribe.
    """
    one_click = links(member, purpose, now)[1]
    return {FIELD: f"<{one_click}>", f"{FIELD}-Post": f"{FIELD}={ONE_CLICK}"}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The mail program's post, and for people a page with a button; looking changes nothing."""
    try:
        asked = read(token, timezone.now())
        version = _version(asked)
    except Gone:
        return gone(request)
    if request.method == "POST":
        by_program = request.POST.get(FIELD) == ONE_CLICK
        if not by_program and request.POST.get("decision") != Decision.WITHDRAWN:
            return private(HttpResponseBadRequest(f"{FIELD}={ONE_CLICK}", content_type="text/plain"))
        press = Press(version.pk, Decision.WITHDRAWN, "")
        take(request, asked.member.account, [asked.member.brand], press, SURFACE, by_link=True)
        if by_program:
            return private(HttpResponse(_("You are unsubscribed."), content_type="text/plain"))
        return private(redirect(request.path))
    return private(render(request, "consent/unsubscribe.html", _context(asked, version, token)))


def _version(asked: Asked) -> PurposeVersion:
    """The present wording of the purpose that the link names; raises Gone."""
    for version in ledger.latest_versions(asked.member.brand):
        if version.purpose.key == asked.purpose and not is_fixed(version.purpose):
            return version
    raise Gone


def _context(asked: Asked, version: PurposeVersion, token: str) -> dict[str, object]:
    account = asked.member.account
    stands: ConsentRecord | None = ledger.current([account.pk], [version.purpose]).get(
        (account.pk, version.purpose_id)
    )
    locale, title, text = version.wording(get_language() or "en")
    return {
        "brand": asked.member.brand,
        "locale": locale,
        "title": title,
        "text": text,
        "is_stopped": stands is not None and stands.decision in NO,
        "choices_url": reverse("preferences", args=[token]) if asked.shows_choices else "",
    }
