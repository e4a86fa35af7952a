"""Twilio's Messages: takes SMS for any account, and shows what each phone got.

Some numbers behave as Twilio's own test numbers do; a number that answered STOP gets nothing until START.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar

from demo.sandbox.shapes import Json, JsonObject, ShapeError, a_text, an_object, stamp
from demo.sandbox.vendor import Answer, Call, Known, Violation

# https://www.twilio.com/docs/iam/test-credentials
ODD_NUMBERS = {
    "+15005550001": (21211, "The 'To' number +15005550001 is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable via SMS."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient."),
    "+15005550009": (21614, "'To' number is not a valid mobile number."),
}
UNSUBSCRIBED = (21610, "Attempt to send to unsubscribed recipient.")
SEGMENT = 160
# A form with more than its schema names passes the contract's check.
FIELDS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"}


@dataclass(frozen=True)
class Message:
    sid: str
    account: str
    to: str
    sender: str
    service: str | None
    body: str
    at: str

    def as_json(self) -> JsonObject:
        path = f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}"
        date = format_datetime(datetime.now(UTC))
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "to": self.to,
            "from": self.sender or None,
            "messaging_service_sid": self.service,
            "body": self.body,
            "status": "accepted" if self.service else "queued",
            "direction": "outbound-api",
            "num_segments": "0" if self.service else str(-(-len(self.body) // SEGMENT)),
            "num_media": "0",
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": None,
            "date_created": date,
            "date_updated": date,
            "date_sent": None,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "uri": f"{path}.json",
        }


class Twilio:
    slug: ClassVar[str] = "twilio"
    title: ClassVar[str] = "Twilio"
    spec: ClassVar[str] = "twilio.openapi.json"

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.stopped: set[str] = set()
        self._handlers: dict[str, Callable[[Call], Answer]] = {
            "createMessage": self._create,
            "answer": self._answer,
        }

    def behave(self, call: Call) -> Answer:
        try:
            return self._handlers[call.operation](call)
        except ShapeError as exc:
            return _error(400, 21602, str(exc))

    def refuse(self, violation: Violation) -> Answer:
        status = {"path": 404, "method": 405, "credentials": 401}.get(violation.kind, 400)
        code = {404: 20404, 405: 20004, 401: 20003}.get(status, 21604)
        return _error(status, code, violation.message)

    def fail(self, status: int) -> Answer:
        return _error(status, {429: 20429, 401: 20003}.get(status, 20500), "Something went wrong.")

    def headers(self, call: Call) -> dict[str, str]:
        return {}

    def rows(self, call: Call) -> list[dict[str, str]]:
        return []

    def state(self) -> JsonObject:
        return {
            "messages": [{"sid": one.sid, "to": one.to, "body": one.body} for one in self.messages],
            "stopped": [*sorted(self.stopped)],
        }

    def known(self) -> list[Known]:
        """Each phone with what it got, the newest first."""
        phones: dict[str, list[Message]] = {}
        for message in self.messages:
            phones.setdefault(message.to, []).insert(0, message)
        found = [
            Known(
                title=number,
                number=str(len(got)),
                state="live",
                changed=got[0].at,
                facts=[(one.at[11:19], one.body) for one in got],
                permissions=[("messages", "unsubscribed" if number in self.stopped else "subscribed")],
            )
            for number, got in phones.items()
        ]
        return sorted(found, key=lambda one: one.changed, reverse=True)

    def remarks(self) -> list[str]:
        return [f"{number} has answered STOP: it gets nothing more." for number in sorted(self.stopped)]

    def _create(self, call: Call) -> Answer:
        form = an_object(call.content)
        if unknown := sorted(form.keys() - FIELDS):
            raise ShapeError(f"There is no parameter {unknown[0]}.")
        to, body = a_text(form.get("To"), "To"), a_text(form.get("Body"), "Body")
        service, sender = _said(form, "MessagingServiceSid"), _said(form, "From")
        if not service and not sender:
            return _error(400, 21603, "A 'From' phone number is required.")
        odd = ODD_NUMBERS.get(to) or (UNSUBSCRIBED if to in self.stopped else None)
        if odd:
            return _error(400, *odd)
        account = call.path_values["AccountSid"]
        sid = f"SM{uuid.uuid4().hex}"
        message = Message(sid, account, to, sender, service or None, body, stamp())
        self.messages.append(message)
        return Answer(201, message.as_json())

    def _answer(self, call: Call) -> Answer:
        """The sandbox's own door: what somebody types on the phone."""
        said = an_object(call.content)
        number, word = a_text(said.get("From"), "From"), a_text(said.get("Body"), "Body").strip().upper()
        if word == "STOP":
            self.stopped.add(number)
        if word == "START":
            self.stopped.discard(number)
        return Answer(204)


def _said(form: JsonObject, name: str) -> str:
    value: Json = form.get(name, "")
    return a_text(value, name)


def _error(status: int, code: int, message: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})
