"""POST /api/v1/lite: a form on a brand's website, or its script, straight from a visitor's browser.

The answer is the same whoever the form is about: somebody new, known, known elsewhere, an operator, erased.
"""

import datetime as dt
import re
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.utils import timezone
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit
from consent.proofs import UnknownPurpose
from provisioning.challenge import challenge
from provisioning.lite import take
from provisioning.lite_form import BadForm, Refused, Sent, check, read
from provisioning.lite_schema import Accepted, LiteForm, Refusal
from provisioning.models import Website

PER_NETWORK = Limit("form from a network", most=20, seconds=3_600)
PER_MAILBOX = Limit("form for an address", most=10, seconds=3_600)
PER_WEBSITE = Limit("form of a website", most=3_000, seconds=3_600)

KEY = re.compile(r"[\x21-\x7e]{1,60}")
ORIGIN = re.compile(r"https?://[\x21-\x7e]{1,190}")
LONGEST_ADDRESS = 2_000


class UnknownKey(Refused):
    status = 403
    code = "unknown_key"
    sentence = "No form has this key."


class OriginRefused(Refused):
    status = 403
    code = "origin_refused"
    sentence = "This website may not send that form."


class ChallengeFailed(Refused):
    code = "challenge_failed"
    sentence = "The proof that a person sent this is missing, or no longer good."


class LiteView(APIView):
    """Somebody leaves their address on a brand's website.

    What it says they agreed to waits until they confirm it by a mail, whatever the purpose asks.
    """

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser, FormParser, MultiPartParser)
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="lite",
        request=LiteForm,
        responses={202: Accepted, 303: None, 400: Refusal, 403: Refusal, 429: Refusal},
    )
    def post(self, request: Request) -> Response:
        now = timezone.now()
        network = network_of(request)
        hit(PER_NETWORK, network, now)
        sent = read(request)
        website = _website(sent)
        origin = request.headers.get("Origin", "")
        if origin and origin not in _origins(website):
            raise OriginRefused
        hit(PER_WEBSITE, str(website.pk), now)
        if not sent.is_trapped:
            _taken(sent, website, origin, network, now)
        return _thanks(sent, website)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """What a browser asks before a script may send JSON from elsewhere (Fetch, CORS preflight)."""
        allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type"}
        return Response(status=204, headers={**allowed, "Access-Control-Max-Age": "600"})

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """JSON, whatever is asked for: a browser that sends a form asks for a page."""
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case TooMany():
                body = _refusal("too_many_requests", "There were too many. Try again later.")
                return Response(body, status=429, headers={"Retry-After": str(exc.after)})
            case Refused():
                return Response(_refusal(exc.code, exc.sentence, exc.fields), status=exc.status)
            case APIException():
                answer = super().handle_exception(exc)
                answer.data = _refusal(exc.default_code, str(exc.default_detail))
                return answer
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Scripts of the brands' websites may read the answer; no cookie ever counts."""
        patch_vary_headers(response, ["Origin"])
        origin = request.headers.get("Origin", "")
        if _is_some_websites(origin):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = "Retry-After"
        return super().finalize_response(request, response, *args, **kwargs)


def _refusal(code: str, sentence: str, fields: dict[str, str] | None = None) -> dict[str, object]:
    return {"code": code, "detail": sentence, "fields": fields or {}}


def _website(sent: Sent) -> Website:
    key = sent.text("key")
    found = Website.objects.select_related("brand").filter(form_key=key, is_active=True)
    website = found.first() if KEY.fullmatch(key) else None
    if website is None:
        raise UnknownKey
    return website


def _origins(website: Website) -> set[str]:
    return {origin.rstrip("/") for origin in website.origins}


def _is_some_websites(origin: str) -> bool:
    """Asked before the key is known."""
    if not ORIGIN.fullmatch(origin):
        return False
    spelled = [origin, f"{origin}/"]
    rows = Website.objects.filter(is_active=True, origins__overlap=spelled).exclude(form_key="")
    return rows.exists()


def _taken(sent: Sent, website: Website, origin: str, network: str, now: dt.datetime) -> None:
    form = check(sent, website, origin, now)
    hit(PER_MAILBOX, form.mailbox, now)
    if not challenge().verify(sent.fields, network):
        raise ChallengeFailed
    try:
        take(website, form, now)
    except UnknownPurpose as error:
        raise BadForm({"consents": str(error)}) from None


def _thanks(sent: Sent, website: Website) -> Response:
    back = sent.text("return_to")
    if sent.is_form and len(back) <= LONGEST_ADDRESS and " " not in back and _is_at(back, website):
        return Response(status=303, headers={"Location": _told(back)})
    return Response({"status": "accepted"}, status=202)


def _is_at(address: str, website: Website) -> bool:
    """Compared as text: what stands after the origin can't change the host."""
    return any(
        address == origin or address.startswith((f"{origin}/", f"{origin}?")) for origin in _origins(website)
    )


def _told(back: str) -> str:
    parts = urlsplit(back)
    query = "&".join(part for part in (parts.query, urlencode({"lite": "ok"})) if part)
    return urlunsplit(parts._replace(query=query))
