"""What Mixpanel is told of what happens: nobody's values, nothing twice, nothing lost to a neighbour."""

import time
from dataclasses import replace

import pytest

from accounts.events import EventType
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import CanBeCompared, Done, ErasesLater, ReadsBack, TakesEvents
from provisioning.connectors.mixpanel import Mixpanel
from provisioning.connectors.mixpanel_project import project_of
from provisioning.connectors.mixpanel_wire import MOST_BYTES
from provisioning.deliveries import FAREWELLS
from tests.provisioning.outbox.mixpanel_target import (
    ACCOUNT,
    NOON,
    VISIT,
    MixpanelTarget,
    as_rows,
    message,
    soon,
)

pytestmark = pytest.mark.django_db


def test_an_event_says_who_when_what_and_the_names_of_what_changed(mixpanel: MixpanelTarget) -> None:
    told = message("profile.changed", ["country", "interests"])

    answers = mixpanel.deliver(told)

    assert {type(one) for one in answers.values()} == {Done}
    [event] = mixpanel.events
    assert event["event"] == "Profile changed"
    assert (event["distinct_id"], event["$user_id"]) == (str(told.member_id), str(told.member_id))
    assert event["time"] == NOON.timestamp() * 1000
    assert event["$insert_id"] == str(told.delivery_id)
    assert event["fields"] == ["country", "interests"]


def test_no_value_leaves_but_the_visit_that_may(mixpanel: MixpanelTarget) -> None:
    mixpanel.deliver(
        message("session.began", email="canary@example.com", given_name="canary", visitor_id=VISIT),
        message("session.began", email="canary@example.com"),
    )

    assert "canary" not in str(mixpanel.sandbox.requests("mixpanel"))
    assert [one.get("$device_id") for one in mixpanel.events] == [VISIT, None]


def test_an_event_with_both_ids_joins_what_the_visitor_did_before(mixpanel: MixpanelTarget) -> None:
    told = message("account.created", visitor_id=VISIT)

    mixpanel.deliver(told)

    assert mixpanel.merged == {VISIT: str(told.member_id)}
    assert mixpanel.events[0]["user"] == str(told.member_id)


def test_two_customers_of_one_browser_stay_two(mixpanel: MixpanelTarget) -> None:
    first, second = message(visitor_id=VISIT), message(visitor_id=VISIT)

    mixpanel.deliver(first, second)

    assert mixpanel.merged == {VISIT: str(first.member_id)}
    assert [one["user"] for one in mixpanel.events] == [str(first.member_id), str(second.member_id)]


def test_the_older_identity_system_gets_the_users_id_alone(original: MixpanelTarget) -> None:
    told = message(visitor_id=VISIT)

    original.deliver(told)

    [event] = original.events
    assert event["distinct_id"] == str(told.member_id)
    assert not {"$user_id", "$device_id"} & event.keys()


def test_what_is_told_again_is_there_once(mixpanel: MixpanelTarget) -> None:
    told = [message(), message("session.began", visitor_id=VISIT)]
    mixpanel.fault("timeout_after", seconds=0)

    for _try in range(3):
        mixpanel.deliver(*told)

    assert len(mixpanel.events) == 2
    assert len(mixpanel.asked("/import")) == 3


def test_of_a_batch_only_the_refused_row_is_not_taken(mixpanel: MixpanelTarget) -> None:
    told = [message() for _event in range(3)]
    row = {"property": "distinct_id", "equals": str(told[1].member_id)}
    mixpanel.fault("row_errors", rows=row, body={"field": "properties.time", "message": "canary"})

    answers = mixpanel.deliver(*told)

    assert [type(answers[one.delivery_id]) for one in told] == [Done, NeedsHuman, Done]
    assert "canary" not in str(answers[told[1].delivery_id])
    assert len(mixpanel.events) == 2
    assert len(mixpanel.asked("/import")) == 1, "what was taken is not sent again"


def test_an_event_of_the_distant_future_is_refused_alone(mixpanel: MixpanelTarget) -> None:
    told = [message(), replace(message(), at=NOON.replace(year=2200))]

    answers = mixpanel.deliver(*told)

    assert [type(answers[one.delivery_id]) for one in told] == [Done, NeedsHuman]


def test_two_thousand_events_a_call_and_no_call_too_large(mixpanel: MixpanelTarget) -> None:
    long = [f"attribute-{place}-{'x' * 40}" for place in range(100)]
    short = [message() for _event in range(2000)]
    large = [message(fields=long) for _event in range(500)]

    answers = mixpanel.deliver(*short)
    more = mixpanel.deliver(*large)

    assert {type(one) for one in {**answers, **more}.values()} == {Done}
    calls = [as_rows(one) for one in mixpanel.asked("/import")]
    assert [len(rows) for rows in calls[:1]] == [2000]
    assert len(calls) > 2
    assert all(len(str(rows)) < MOST_BYTES * 1.1 for rows in calls)


def test_a_call_that_is_too_large_all_the_same_is_parted(mixpanel: MixpanelTarget) -> None:
    mixpanel.fault("status", status=413, path_contains="/import")

    answers = mixpanel.deliver(*(message() for _event in range(5)))

    assert {type(one) for one in answers.values()} == {Done}
    assert len(mixpanel.events) == 5


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_mixpanels_own_trouble_is_waited_out(mixpanel: MixpanelTarget, status: int) -> None:
    mixpanel.fault("status", status=status)

    with pytest.raises(TryLater):
        mixpanel.deliver(message())


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "no colon"},
        {"secret": ""},
        {"secret": f"{ACCOUNT} gdpr more"},
        {"project_id": "4711"},
        {"project_id": "the project"},
        {"region": "mars"},
        {"region": ""},
        {"identity": ""},
        {"project_token": ""},
        {"base_url": "ftp://api.mixpanel.com"},
    ],
)
def test_wrong_settings_need_a_human(mixpanel: MixpanelTarget, wrong: dict[str, str]) -> None:
    mixpanel.has(**wrong)

    with pytest.raises(NeedsHuman) as refusal:
        mixpanel.deliver(message())

    assert "s3cret" not in str(refusal.value)


def test_the_check_asks_for_token_and_account_and_tells_of_the_gdpr_token(mixpanel: MixpanelTarget) -> None:
    mixpanel.has(gdpr_token_until="2027-03-01")

    sentence = Mixpanel().check(mixpanel.connector, soon())
    mixpanel.has(secret=ACCOUNT)
    without = Mixpanel().check(mixpanel.connector, soon())

    assert "2027-03-01" in sentence
    assert "no GDPR token" in without
    assert mixpanel.profiles == {}


@pytest.mark.parametrize("wrong", [{"project_token": "another"}, {"project_id": "4711"}])
def test_the_check_finds_what_mixpanel_would_take_and_lose(
    mixpanel: MixpanelTarget, wrong: dict[str, str]
) -> None:
    mixpanel.has(**wrong)

    with pytest.raises(NeedsHuman):
        Mixpanel().check(mixpanel.connector, soon())


def test_a_region_has_its_own_hosts(mixpanel: MixpanelTarget) -> None:
    mixpanel.has(base_url="", region="us")
    us = project_of(mixpanel.connector)
    mixpanel.has(region="in")
    india = project_of(mixpanel.connector)

    assert (us.ingestion_url, us.application_url) == ("https://api.mixpanel.com", "https://mixpanel.com")
    assert (india.ingestion_url, india.application_url) == (
        "https://api-in.mixpanel.com",
        "https://in.mixpanel.com",
    )


def test_after_the_deadline_nothing_is_sent(mixpanel: MixpanelTarget) -> None:
    with pytest.raises(TryLater):
        list(Mixpanel().deliver(mixpanel.connector, [message()], time.monotonic() - 1))

    assert mixpanel.sandbox.requests("mixpanel") == []


def test_it_is_not_told_that_a_permission_ended() -> None:
    assert FAREWELLS.isdisjoint(Mixpanel.event_types)
    assert EventType.CONSENT_CHANGED not in Mixpanel.event_types


def test_it_says_what_it_can() -> None:
    kind = Mixpanel()

    assert isinstance(kind, TakesEvents)
    assert isinstance(kind, CanBeCompared)
    assert isinstance(kind, ReadsBack)
    assert isinstance(kind, ErasesLater)
