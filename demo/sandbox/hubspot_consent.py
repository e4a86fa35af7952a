"""HubSpot's subscription types and statuses: kept by e-mail address, not by contact."""

from dataclasses import dataclass, field

from demo.sandbox.hubspot_errors import invalid
from demo.sandbox.hubspot_properties import EMAIL
from demo.sandbox.shapes import Json, JsonObject, a_text, an_object, stamp
from demo.sandbox.vendor import Answer, Call

SUBSCRIBED, UNSUBSCRIBED, NOT_SPECIFIED = "SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"
DEFINITIONS = {
    "1001": ("Newsletter", "News and offers, about once a month."),
    "1002": ("Product news", "What is new in the products you use."),
}
SINCE = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class Choice:
    status: str
    at: str
    legal_basis: str = ""
    explanation: str = ""


@dataclass
class Subscriptions:
    choices: dict[str, dict[str, Choice]] = field(default_factory=dict)
    opted_out: dict[str, str] = field(default_factory=dict)

    def definitions(self) -> Answer:
        results: list[Json] = [
            {
                "id": number,
                "name": name,
                "description": description,
                "isActive": True,
                "isDefault": False,
                "isInternal": False,
                "purpose": "Marketing",
                "communicationMethod": "Email",
                "createdAt": SINCE,
                "updatedAt": SINCE,
            }
            for number, (name, description) in DEFINITIONS.items()
        ]
        return _answer(results)

    def statuses(self, call: Call) -> Answer:
        email = _email(call)
        return _answer([self._status(email, number) for number in DEFINITIONS])

    def set(self, call: Call) -> Answer:
        email, body = _email(call), an_object(call.content)
        number, wanted = str(body["subscriptionId"]), a_text(body["statusState"], "statusState")
        choice = Choice(
            wanted,
            stamp(),
            a_text(body.get("legalBasis", ""), "legalBasis"),
            a_text(body.get("legalBasisExplanation", ""), "legalBasisExplanation"),
        )
        _refuse_unlawful(number, choice)
        reason = self._reason(email, number, wanted)
        if reason != "NO_STATUS_CHANGE":
            self.choices.setdefault(email, {})[number] = choice
        if wanted == SUBSCRIBED:
            self.opted_out.pop(email, None)
        return _answer([self._status(email, number) | {"setStatusSuccessReason": reason}])

    def wide_status(self, call: Call) -> Answer:
        email = _email(call)
        status: JsonObject = {
            "channel": "EMAIL",
            "status": UNSUBSCRIBED if email in self.opted_out else NOT_SPECIFIED,
            "subscriberIdString": email,
            "timestamp": self.opted_out.get(email, SINCE),
            "wideStatusType": "PORTAL_WIDE",
        }
        return _answer([status])

    def unsubscribe_all(self, call: Call) -> Answer:
        email, now = _email(call), stamp()
        reason = "NO_STATUS_CHANGE" if email in self.opted_out else "UNSUBSCRIBE_FROM_ALL_OCCURRED"
        self.opted_out.setdefault(email, now)
        self.choices[email] = {number: Choice(UNSUBSCRIBED, now) for number in DEFINITIONS}
        if call.asked("verbose") != "true":
            return _answer([])
        return _answer(
            [self._status(email, number) | {"setStatusSuccessReason": reason} for number in DEFINITIONS]
        )

    def forget(self, email: str) -> None:
        self.choices.pop(email, None)
        self.opted_out.pop(email, None)

    def as_state(self) -> JsonObject:
        return {
            email: {number: choice.status for number, choice in chosen.items()}
            for email, chosen in sorted(self.choices.items())
        }

    def in_words(self, email: str) -> list[tuple[str, str]]:
        """Name and status of each subscription type, for the page."""
        chosen = self.choices.get(email, {})
        return [
            (name, chosen[number].status.lower().replace("_", " ") if number in chosen else "never asked")
            for number, (name, _description) in DEFINITIONS.items()
        ]

    def _status(self, email: str, number: str) -> JsonObject:
        choice = self.choices.get(email, {}).get(number, Choice(NOT_SPECIFIED, SINCE))
        status: JsonObject = {
            "channel": "EMAIL",
            "source": "API",
            "status": choice.status,
            "subscriberIdString": email,
            "subscriptionId": int(number),
            "subscriptionName": DEFINITIONS[number][0],
            "timestamp": choice.at,
        }
        if choice.legal_basis:
            status |= {"legalBasis": choice.legal_basis, "legalBasisExplanation": choice.explanation}
        return status

    def _reason(self, email: str, number: str, wanted: str) -> str:
        before = self.choices.get(email, {}).get(number, Choice(NOT_SPECIFIED, SINCE)).status
        if before == wanted:
            return "NO_STATUS_CHANGE"
        came_back = before == UNSUBSCRIBED and wanted == SUBSCRIBED
        return "RESUBSCRIBE_OCCURRED" if came_back else "REQUESTED_CHANGE_OCCURRED"


def _email(call: Call) -> str:
    email = call.path_values["subscriberIdString"].strip().lower()
    if not EMAIL.fullmatch(email):
        raise invalid(f"Invalid email address: {email}")
    return email


def _refuse_unlawful(number: str, choice: Choice) -> None:
    if number not in DEFINITIONS:
        raise invalid(f"Subscription {number} does not exist.")
    # This account has HubSpot's data privacy settings switched on, as one in the EU would.
    if choice.status == SUBSCRIBED and not (choice.legal_basis and choice.explanation):
        raise invalid("legalBasis and legalBasisExplanation are needed while data privacy settings are on.")


def _answer(results: list[JsonObject] | list[Json]) -> Answer:
    now = stamp()
    return Answer(200, {"status": "COMPLETE", "results": [*results], "startedAt": now, "completedAt": now})
