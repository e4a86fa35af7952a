"""HubSpot: its contacts, and the e-mail subscription that goes with the consent.

https://developers.hubspot.com/docs/api-reference/latest/communication-preferences/status/update-subscription

Secret: the access token. A person whom HubSpot may no longer use is unsubscribed, and cleared but for the
address, without which nothing would stay suppressed. Who maps an attribute to `context.hutk` (the cookie of
HubSpot's own tracking) has each new visitor joined to their contact, through a form.
"""

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

import httpx

from accounts.values import as_text
from ciam.lib.crypto import keyed_hash
from ciam.lib.kept import Kept
from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Answer, Done, Erase, Gone, Hold, Push, Setting
from provisioning.connectors.hubspot_contacts import OUR_ID, UNSAID, Contacts, Refused, Result, Row, refused
from provisioning.connectors.hubspot_forms import BASE_URL as FORMS_URL
from provisioning.connectors.hubspot_forms import COOKIE, Forms
from provisioning.connectors.hubspot_reading import FOUND_OUT, held_there, read_back
from provisioning.connectors.wire import Fields, Reply, Wire
from provisioning.mapping import EMAIL, cleared, fields, mapping_of
from provisioning.models import Connector, Outcome

BASE_URL = "https://api.hubapi.com"
VERSION = "2026-09"
# By the policy that a 429 names. A day ends at midnight of the account, which we don't know: ask every hour.
WAITS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": 3_600.0}
NOTHING = Done("", frozenset(), Outcome.NOTHING)
# Hex digits: 128 bits.
HALF = 32


class HubSpot:
    kind: ClassVar[str] = "hubspot"
    title: ClassVar[str] = "HubSpot"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "subscription_id", "Subscription type", "Kept in step with the consent; a number. Empty: none is."
        ),
        Setting("base_url", "Address", default=BASE_URL),
        Setting("version", "API version", default=VERSION),
        Setting("portal_id", "Portal", "Of the form by which visits are joined; a number. Empty: none are."),
        Setting("form_guid", "Form", "Its GUID. It takes an address and nothing else."),
        Setting("forms_url", "Address of the Forms API", default=FORMS_URL),
    )
    default_mapping: ClassVar[Mapping[str, str]] = {
        EMAIL: "email",
        "given_name": "firstname",
        "family_name": "lastname",
        "country": "country",
        "locale": "ciam_language",
        "interests": "ciam_interests",
        "source": "ciam_source",
    }
    batch_size: ClassVar[int] = 100
    read_back_fields: ClassVar[Mapping[str, str]] = FOUND_OUT
    read_back_size: ClassVar[int] = 100
    read_back_every: ClassVar[dt.timedelta] = dt.timedelta(days=1)

    def check(self, connector: Connector, deadline: float) -> str:
        with _HubSpotWire(connector, deadline) as wire:
            return _Talk(wire, connector).contacts.check()

    def prepare(self, connector: Connector, deadline: float) -> None:
        with _HubSpotWire(connector, deadline) as wire:
            _Talk(wire, connector).prepare()

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with _HubSpotWire(connector, deadline) as wire:
            yield from _Talk(wire, connector).push(pushes)

    def held_there(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        with _HubSpotWire(connector, deadline) as wire:
            mapping = mapping_of(connector, self.default_mapping)
            yield from held_there(_Talk(wire, connector).contacts, mapping, pushes)

    def read_back(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, object]]]:
        with _HubSpotWire(connector, deadline) as wire:
            contacts = _Talk(wire, connector).contacts
            existing = _existing.get(connector.pk, contacts.existing) or frozenset()
            yield from read_back(contacts, pushes, existing)


_existing: Kept[uuid.UUID, frozenset[str]] = Kept(seconds=300)
"""The properties that contacts have, by connector: so that reading back a hundred people is one query."""


class _HubSpotWire(Wire):
    def __init__(self, connector: Connector, deadline: float) -> None:
        token = (connector.secret or "").strip()
        if not token or not token.isascii():
            raise NeedsHuman("The connector has no access token: enter the one of a HubSpot private app.")
        base_url = str(connector.settings.get("base_url", BASE_URL))
        super().__init__("HubSpot", base_url, deadline, Authorization=f"Bearer {token}")

    def busy(self, response: httpx.Response, reply: Reply) -> float | None:
        interval = response.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        usual = (
            int(interval) / 1000 if re.fullmatch("[0-9]{1,6}", interval) else WAITS["TEN_SECONDLY_ROLLING"]
        )
        return WAITS.get(reply.body.text("policyName"), usual)


class _Talk:
    """One talk with one HubSpot account."""

    def __init__(self, wire: Wire, connector: Connector) -> None:
        self._wire = wire
        mapping = mapping_of(connector, HubSpot.default_mapping)
        self._cookies = {name for name, field in mapping.items() if field == COOKIE}
        self._mapping = {name: field for name, field in mapping.items() if field != COOKIE}
        self._forms = Forms(wire, connector)
        # A number on the wire, and a text where a form has saved it.
        said = str(connector.settings.get("subscription_id") or "").strip()
        self._subscription_id: object = int(said) if said.isdecimal() else said
        version = str(connector.settings.get("version", VERSION))
        self._statuses = f"/communication-preferences/{quote(version, safe='')}/statuses"
        self.contacts = Contacts(wire, version, self._mapping.values())

    def prepare(self) -> None:
        if self._cookies:
            self._forms.check()
        self.contacts.prepare()

    def push(self, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Withdrawals and erasures first."""
        rows: list[Row] = []
        for push, outcome in self._let_go([push for push in pushes if not isinstance(push.wanted, Hold)]):
            if isinstance(outcome, Row):
                rows.append(outcome)
            else:
                yield push.link_id, outcome
        rows += [self._row(push, push.wanted) for push in pushes if isinstance(push.wanted, Hold)]
        results = self.contacts.upsert(rows)
        for row in rows:
            yield row.key, self._finish(row, results[row.key])

    def _row(self, push: Push, hold: Hold) -> Row:
        gone = cleared(self._mapping, push.held - hold.values.keys())
        return Row(push, {**gone, **fields(self._mapping, hold.values)})

    def _finish(self, row: Row, result: Result) -> Answer:
        if isinstance(result, Refused):
            return result.answer()
        if not isinstance(result, str):
            return result
        if isinstance(row.push.wanted, Hold):
            return self._subscribe(row.push, row.push.wanted, result)
        return row.failed or Done(result, row.left, Outcome.SUPPRESSED)

    def _let_go(self, pushes: Sequence[Push]) -> Iterator[tuple[Push, Answer | Row]]:
        """For whoever HubSpot may no longer know."""
        found, missing = self.contacts.find(OUR_ID, [str(push.member_id) for push in pushes])
        for push in pushes:
            contact = found.get(str(push.member_id))
            if contact is None and str(push.member_id) not in missing:
                yield push, UNSAID
            elif isinstance(push.wanted, Erase):
                yield push, self._erase(push, contact)
            else:
                yield push, self._suppress(push, contact)

    def _erase(self, push: Push, contact: Fields | None) -> Answer:
        """The contact that we stored, and one that has our id although its answer never reached us."""
        ids = sorted({push.remote_id, contact.text("id") if contact else ""} - {""})
        for contact_id in ids:
            if failed := self.contacts.erase(contact_id):
                return failed
        return Done(push.remote_id or ids[0], frozenset(), Outcome.ERASED) if ids else NOTHING

    def _suppress(self, push: Push, contact: Fields | None) -> Answer | Row:
        if contact is None and push.remote_id:
            our_id = str(push.member_id)
            if refusal := self.contacts.reclaim(push.remote_id, our_id):
                answer = refusal.answer()
                return NOTHING if isinstance(answer, Gone) else answer
            contact = self.contacts.find(OUR_ID, [our_id])[0].get(our_id)
        if contact is None:
            return NOTHING
        address = contact.inner("properties").text("email")
        failed = self._set_status(address, "UNSUBSCRIBED", "The consent was withdrawn or has ended.")
        rest = cleared(self._mapping, self._mapping.keys() - {EMAIL})
        return Row(push, rest, frozenset({EMAIL} if address else ()), failed)

    def _subscribe(self, push: Push, hold: Hold, contact_id: str) -> Answer:
        """Set where the consent or the address is another than last time, and only then: whoever unsubscribed
        at HubSpot itself stays so. The same goes for the visits that are joined.

        The mark is a half for each, so that one does not make the other be set again.
        """
        address, basis = str(hold.values.get(EMAIL, "")), hold.basis
        said = f"{basis.purpose}, version {basis.version}, of {basis.said_at:%Y-%m-%d %H:%M:%S} UTC"
        mark = keyed_hash("subscription", f"{self._subscription_id} {address} {said}")[:HALF]
        visits = self._visits_mark(hold)
        # First, since it may be repeated: to subscribe somebody twice could undo an opt-out in between.
        if visits and visits != push.subscription_mark[HALF:]:
            failed = self._forms.join(address, self._cookie(hold))
            if failed:
                return failed
        if mark != push.subscription_mark[:HALF]:
            failed = self._set_status(address, "SUBSCRIBED", f"Consent to the purpose {said}.")
            if failed:
                return failed
        return Done(contact_id, frozenset(hold.values), Outcome.HOLDS, mark + visits)

    def _cookie(self, hold: Hold) -> str:
        return next((as_text(value) for name, value in hold.values.items() if name in self._cookies), "")

    def _visits_mark(self, hold: Hold) -> str:
        """Empty where there are no visits to join, or no address to join them to."""
        cookie, address = self._cookie(hold), hold.values.get(EMAIL)
        return keyed_hash("visits", cookie)[:HALF] if cookie and address else ""

    def _set_status(self, address: str, state: str, why: str) -> Answer | None:
        """None when it is set, or when there is none to set."""
        if not address or not self._subscription_id:
            return None
        body = {
            "channel": "EMAIL",
            "statusState": state,
            "subscriptionId": self._subscription_id,
            "legalBasis": "CONSENT_WITH_NOTICE",
            "legalBasisExplanation": why,
        }
        reply = self._wire.call("POST", f"{self._statuses}/{quote(address, safe='')}", body)
        if not reply.is_refused:
            is_set = any(one.text("status") == state for one in reply.body.many("results"))
            return None if is_set else self._wire.unreadable()
        reason = refused(reply.body).category or str(reply.status)
        return NeedsHuman(
            f"HubSpot refused the subscription status ({reason}): see the address and subscription_id."
        )
