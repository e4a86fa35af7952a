"""The facts of a sign-in, gathered once somebody has proven something: a few queries, and no call outside."""

import datetime as dt

from auth_flows.assurance import Factor
from auth_flows.risk import failures
from auth_flows.risk.automation import signs
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.history import History, distance_km, history_of
from auth_flows.risk.networks import is_listed
from auth_flows.walk import Walk
from ciam.lib.ids import made_at
from ciam.lib.places import place_of


def facts_of(walk: Walk) -> RiskFacts:
    account = walk.account
    history = history_of(account) if account else History()
    address = str(walk.request.META.get("REMOTE_ADDR", ""))
    place = place_of(address)
    degrees = None if place.lat is None or place.lon is None else (round(place.lat), round(place.lon))
    before = history.last_place()
    on_account, on_address = failures.recent(walk)
    known = walk.row.browser_hash in history.devices
    return RiskFacts(
        methods=tuple(dict.fromkeys(proof.method.value for proof in walk.proofs)),
        known_device=known,
        new_device=bool(history.devices) and not known,
        country=place.country,
        new_country=bool(place.country and history.countries) and place.country not in history.countries,
        degrees=degrees,
        travelled_km=distance_km(before[0], degrees) if before and degrees else None,
        minutes_since=int((walk.now - before[1]).total_seconds() // 60) if before and degrees else None,
        listed_network=is_listed(address),
        failures_on_account=on_account,
        failures_on_address=on_address,
        breached_password=walk.draft.breached,
        account_days=(walk.now - account.created_at).days if account else None,
        hour=walk.now.astimezone(dt.UTC).hour,
        unusual_hour=history.is_unusual(walk.now),
        automation=signs(walk.request, _took(walk)),
    )


def _took(walk: Walk) -> dt.timedelta | None:
    """From the first page to the first proof, where an address and a secret were typed in between. A passkey
    or another provider may be as quick as a person likes."""
    proofs = walk.proofs
    if len(proofs) != 1 or walk.row.session_id or proofs[0].method.factors & {Factor.BOUND, Factor.ELSEWHERE}:
        return None
    return proofs[0].at - made_at(walk.row.pk)
