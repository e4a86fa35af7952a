"""Twilio's Messages (https://www.twilio.com/docs/messaging/api/message-resource)."""

import httpx
from django.conf import settings
from django.utils import timezone

from auth_flows.sms.gateway import Refused, Unknown, Why
from ciam.lib import http
from ciam.lib.outbox import NeedsHuman, TryLater

REFUSED = {
    21610: Why.STOPPED,  # the recipient answered STOP
    21211: Why.BAD_NUMBER,
    21614: Why.BAD_NUMBER,  # not a mobile number
    21408: Why.BAD_NUMBER,  # its country is not switched on
    21612: Why.BAD_NUMBER,  # no route
}
VALID_S = 600
"""A code that comes later than it works helps nobody."""


class Twilio:
    def send(self, to: str, text: str) -> str:
        sender = settings.TWILIO_FROM
        kind = "MessagingServiceSid" if sender.startswith("MG") else "From"
        form = {"To": to, kind: sender, "Body": text, "ValidityPeriod": str(VALID_S)}
        account = settings.TWILIO_ACCOUNT_SID
        path = f"{settings.TWILIO_URL}/2010-04-01/Accounts/{account}/Messages.json"
        with http.client() as client:
            try:
                answer = client.post(path, data=form, auth=(account, settings.TWILIO_AUTH_TOKEN))
            except (httpx.ConnectError, httpx.ConnectTimeout, http.TooLate) as error:
                raise TryLater(f"Twilio can't be reached: {type(error).__name__}.") from error
            except httpx.HTTPError as error:
                raise Unknown(type(error).__name__) from error
        return _sid(answer)


def _sid(answer: httpx.Response) -> str:
    said = _said(answer)
    if answer.status_code == 201:
        return str(said.get("sid", ""))
    if answer.status_code == 429:
        raise TryLater("Twilio has too much to do.", http.retry_after(answer, timezone.now()))
    if answer.status_code >= 500 or answer.status_code < 400:
        raise Unknown(f"status {answer.status_code}")
    code = said.get("code")
    if code in REFUSED:
        raise Refused(REFUSED[code])
    if answer.status_code in {401, 403}:
        raise NeedsHuman(
            "Twilio refuses the account's credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        )
    raise NeedsHuman(
        f"Twilio refuses the message (status {answer.status_code}, code {code}): check TWILIO_FROM."
    )


def _said(answer: httpx.Response) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
