"""What Salesforce knows of a consent where Data Protection and Privacy is on: the individual behind a record,
with what they have opted out of, and the consent to be written to at all.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/ (Individual,
ContactPointTypeConsent)

Both are found by our external id, so that saying it twice makes one. An individual is named by our id: there
is no name of anybody to be kept in step here too.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.connectors.salesforce_org import Org, Result, Value

INDIVIDUAL, CONSENT = "Individual", "ContactPointTypeConsent"
LONGEST = 255
FORGOTTEN = "-"
BY_EMAIL: dict[str, Value] = {"ContactPointType": "Email", "CaptureContactPointType": "Web"}


@dataclass(frozen=True)
class Said:
    """What somebody said to a purpose. `party` is the id of their individual."""

    our_id: str
    party: str
    purpose: str
    is_given: bool
    at: dt.datetime
    source: str


def flags(*, out: bool) -> dict[str, Value]:
    return {"HasOptedOutSolicit": out, "HasOptedOutProcessing": out}


class Consents:
    def __init__(self, org: Org, our_id: str) -> None:
        self._org, self._our_id = org, our_id

    def individuals(self, our_ids: Sequence[str]) -> list[Result]:
        """Makes them where they are missing, and has them opted in; in order."""
        rows = [
            {self._our_id: one, "LastName": one, "ShouldForget": False, **flags(out=False)} for one in our_ids
        ]
        return self._org.upsert(INDIVIDUAL, self._our_id, rows)

    def opt_out(self, ids: Sequence[str]) -> list[Result]:
        """Individuals, by their id."""
        return self._org.update(INDIVIDUAL, [{"Id": one, **flags(out=True)} for one in ids])

    def say(self, said: Sequence[Said]) -> list[Result]:
        """In order."""
        return self._org.upsert(CONSENT, self._our_id, [self._row(one) for one in said])

    def _row(self, said: Said) -> dict[str, Value]:
        return {
            self._our_id: said.our_id,
            "Name": said.purpose,
            "PartyId": said.party,
            "PrivacyConsentStatus": "OptIn" if said.is_given else "OptOut",
            "CaptureDate": said.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "CaptureSource": said.source[:LONGEST],
            **BY_EMAIL,
        }

    def forget(self, our_ids: Sequence[str], *, delete: bool) -> dict[str, list[Result]]:
        """By our id, what became of their individual and consents; empty for whom there are none."""
        results: dict[str, list[Result]] = {}
        changes: list[tuple[str, dict[str, Value]]] = [
            (CONSENT, {"PrivacyConsentStatus": "OptOut"}),
            (INDIVIDUAL, {"LastName": FORGOTTEN, "ShouldForget": True, **flags(out=True)}),
        ]
        for sobject, values in changes:
            found = self._org.query(sobject, ["Id", self._our_id], self._our_id, our_ids)
            rows = [{"Id": one.text("Id"), **values} for one in found]
            gone = self._org.forget(sobject, self._our_id, rows, delete=delete)
            for one, result in zip(found, gone, strict=True):
                results.setdefault(one.text(self._our_id), []).append(result)
        return results
