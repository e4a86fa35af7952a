"""What a Mixpanel project knows of people follows what the ledger allows."""

import uuid

import pytest

from consent.models import Purpose
from provisioning.connectors.base import Basis, Done, Hold, Push
from provisioning.models import Outcome
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.mixpanel_target import (
    NOON,
    VISIT,
    MixpanelTarget,
    as_rows,
    visitor,
)
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db

BASIS = Basis("analytics", 1, NOON)


def test_nothing_leaves_without_consent(mixpanel: MixpanelTarget, vera: Customer) -> None:
    deliver()

    assert mixpanel.sandbox.requests("mixpanel") == []
    assert settled(mixpanel.connector)


def test_with_consent_a_profile_has_what_is_released_under_our_id(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)

    assert deliver() == 1

    assert mixpanel.profiles == {
        vera.our_id: {
            "$email": "vera@example.com",
            "$first_name": "Vera",
            "Interests": ["tea", "books"],
            "Visit": VISIT,
        }
    }
    link = vera.link(mixpanel.connector)
    assert (link.outcome, link.held) == (Outcome.HOLDS, ["email", "given_name", "interests", "visitor_id"])


def test_no_address_is_an_id_and_our_servers_place_is_nobodys(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)

    deliver()

    rows = [row for request in mixpanel.asked("/engage") for row in as_rows(request)]
    assert {row["$distinct_id"] for row in rows} == {vera.our_id}
    assert {row["$ip"] for row in rows} == {"0"}
    assert "$city" not in mixpanel.profiles[vera.our_id]


def test_the_visit_is_joined_once(mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose) -> None:
    vera.gives(analytics)
    deliver()

    vera.says(given_name="Vera B.")
    deliver()

    assert mixpanel.merged == {VISIT: vera.our_id}
    assert len(mixpanel.asked("/import")) == 1
    assert mixpanel.profiles[vera.our_id]["$first_name"] == "Vera B."


def test_the_older_identity_system_is_told_by_identify(
    original: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()

    vera.says(given_name="Vera B.")
    deliver()

    assert original.merged == {VISIT: vera.our_id}
    assert [[row["event"] for row in as_rows(one)] for one in original.asked("/track")] == [["$identify"]]
    assert original.asked("/import") == []


@pytest.mark.parametrize("visit", ["v-1", "00000000-0000-1000-8000-000000000000"])
def test_what_the_older_identity_system_would_ignore_is_not_sent(
    original: MixpanelTarget, analytics: Purpose, visit: str
) -> None:
    vera = visitor(analytics.brand, visit)
    vera.gives(analytics)

    deliver()

    assert original.asked("/track") == []
    assert settled(original.connector)


def test_what_is_gone_here_is_unset_there(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()

    vera.clears("interests")
    deliver()

    assert "Interests" not in mixpanel.profiles[vera.our_id]
    assert "$email" in mixpanel.profiles[vera.our_id]


def test_only_the_row_that_mixpanel_refuses_waits_for_a_human(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    bert = scene.meet(analytics.brand, "bert@example.com", given_name="Bert")
    for customer in (vera, bert):
        customer.gives(analytics)
    scripted = {"field": "$set.Visit", "message": "canary"}
    row = {"property": "$distinct_id", "equals": vera.our_id}
    mixpanel.fault("row_errors", rows=row, body=scripted)

    deliver()

    assert mixpanel.profiles.keys() == {bert.our_id}
    assert "set.Visit" in vera.link(mixpanel.connector).needs_human
    assert "canary" not in vera.link(mixpanel.connector).needs_human
    assert bert.link(mixpanel.connector).outcome == Outcome.HOLDS


def test_two_thousand_people_a_call(mixpanel: MixpanelTarget) -> None:
    values = {"given_name": "Anna", "visitor_id": VISIT}
    pushes = [
        Push(uuid.uuid4(), uuid.uuid4(), "", Hold({**values, "visitor_id": f"v-{place}"}, BASIS), frozenset())
        for place in range(2000)
    ]

    answers = mixpanel.push(*pushes)

    assert {type(one) for one in answers.values()} == {Done}
    assert len(answers) == 2000
    calls = [(one["method"], one["path"]) for one in mixpanel.sandbox.requests("mixpanel")]
    assert calls == [("POST", "/engage"), ("POST", "/import")]


def test_a_call_that_is_too_large_is_parted(mixpanel: MixpanelTarget) -> None:
    mixpanel.fault("status", status=413, path_contains="/engage")
    pushes = [
        Push(uuid.uuid4(), uuid.uuid4(), "", Hold({"given_name": "Anna"}, BASIS), frozenset())
        for _person in range(4)
    ]

    answers = mixpanel.push(*pushes)

    assert {type(one) for one in answers.values()} == {Done}
    assert [len(as_rows(one)) for one in mixpanel.asked("/engage")] == [4, 2, 2]
