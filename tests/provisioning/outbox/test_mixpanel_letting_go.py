"""Whom a Mixpanel project may know no longer: the profile goes at once, and what can be deleted is."""

import uuid

import pytest

from ciam.lib.outbox import NeedsHuman, TryLater
from consent.models import Purpose
from provisioning.connectors import mixpanel_deletions
from provisioning.connectors.base import Basis, Done, Erase, Hold, HoldNothing, Push
from provisioning.models import Outcome, Release
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.mixpanel_target import (
    ACCOUNT,
    NOON,
    OTHER_VISIT,
    VISIT,
    MixpanelTarget,
)
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db

BASIS = Basis("analytics", 1, NOON)


def test_a_visit_that_may_not_be_known_any_more_goes_and_the_rest_stays(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    care = scene.purpose(analytics.brand, "care", ["given_name"])
    mixpanel.connector.purpose = care
    mixpanel.connector.save()
    Release.objects.create(connector=mixpanel.connector, purpose=care, attribute="given_name")
    vera.gives(care)
    vera.gives(analytics)
    deliver()
    assert mixpanel.merged == {VISIT: vera.our_id}

    vera.withdraws(analytics)
    deliver()

    assert mixpanel.profiles == {vera.our_id: {"$first_name": "Vera"}}
    assert mixpanel.deletions == [[f"$device:{VISIT}"]]
    assert vera.link(mixpanel.connector).remote_id == vera.our_id


def test_withdrawal_deletes_the_profile_and_asks_for_the_visits_to_be_deleted(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()

    vera.withdraws(analytics)
    deliver()

    assert mixpanel.profiles == {}
    assert mixpanel.deletions == [[f"$device:{VISIT}"]]
    link = vera.link(mixpanel.connector)
    assert (link.outcome, link.held, link.remote_id) == (Outcome.NOTHING, [], vera.our_id)


def test_who_withdrew_and_is_erased_is_deleted_with_all_that_happened(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()
    vera.withdraws(analytics)
    deliver()

    vera.is_erased()
    deliver()

    assert mixpanel.deletions[1:] == [[vera.our_id]]
    assert vera.link(mixpanel.connector).outcome == Outcome.ERASING


def test_erasure_names_every_id_and_is_confirmed_later(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()
    vera.says(given_name="V")
    vera.is_erased()

    deliver()

    link = vera.link(mixpanel.connector)
    assert mixpanel.profiles == {}
    assert mixpanel.deletions == [[vera.our_id, f"$device:{VISIT}"]]
    assert (link.outcome, bool(link.erasure_task)) == (Outcome.ERASING, True)

    answers = [mixpanel.erased(link.erasure_task)[0] for _day in range(3)]

    assert [getattr(answer, "after", None) for answer in answers[:2]] == [86_400.0, 86_400.0]
    assert isinstance(answers[2], Done)
    assert answers[2].outcome == Outcome.ERASED
    assert mixpanel.events == []


def test_a_task_is_asked_for_once_however_many_people_it_has(
    mixpanel: MixpanelTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixpanel_deletions, "BETWEEN_DELETIONS", 0.0)

    answers = mixpanel.erased("no-such-task", "no-such-task", "another")

    assert [type(one) for one in answers] == [NeedsHuman] * 3
    assert len(mixpanel.asked("data-deletions")) == 2


def test_without_a_gdpr_token_the_profile_goes_and_a_human_is_asked(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    mixpanel.has(secret=ACCOUNT)
    vera.gives(analytics)
    deliver()

    vera.is_erased()
    deliver()

    assert mixpanel.profiles == {}
    assert "GDPR token" in vera.link(mixpanel.connector).needs_human
    assert mixpanel.deletions == []


def test_a_visit_of_which_the_answer_was_lost_is_deleted_all_the_same(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    mixpanel.fault("status", status=503, path_contains="/import")
    deliver()
    assert vera.link(mixpanel.connector).remote_id == ""

    vera.withdraws(analytics)
    deliver(after=120)

    assert mixpanel.deletions == [[f"$device:{VISIT}"]]
    assert mixpanel.profiles == {}


def test_while_it_can_not_be_asked_for_such_a_visit_the_profile_waits(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    mixpanel.fault("status", status=503, path_contains="/import")
    deliver()
    vera.withdraws(analytics)
    mixpanel.fault("status", status=429, path_contains="/api/query")

    deliver(after=120)
    assert mixpanel.profiles.keys() == {vera.our_id}
    deliver(after=300)

    assert mixpanel.deletions == [[f"$device:{VISIT}"]]
    assert mixpanel.profiles == {}


def test_whoever_agrees_again_is_known_again(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()
    vera.withdraws(analytics)
    deliver()

    vera.gives(analytics)
    deliver()

    assert mixpanel.profiles.keys() == {vera.our_id}


def test_the_last_visits_are_remembered_and_all_of_them_deleted(mixpanel: MixpanelTarget) -> None:
    member, link = uuid.uuid4(), uuid.uuid4()
    known = ""
    for visit in (VISIT, OTHER_VISIT):
        hold = Hold({"visitor_id": visit}, BASIS)
        done = mixpanel.push(Push(link, member, known, hold, frozenset({"visitor_id"})))[link]
        assert isinstance(done, Done)
        known = done.remote_id

    gone = mixpanel.push(Push(link, member, known, HoldNothing("withdrawn", is_withdrawn=True), frozenset()))[
        link
    ]

    assert mixpanel.deletions == [[f"$device:{OTHER_VISIT}", f"$device:{VISIT}"]]
    assert isinstance(gone, Done)
    assert VISIT not in gone.remote_id


def test_whoever_pauses_loses_no_visit_for_good(
    mixpanel: MixpanelTarget, vera: Customer, analytics: Purpose
) -> None:
    vera.gives(analytics)
    deliver()

    vera.is_restricted(True)
    deliver()

    assert mixpanel.profiles == {}
    assert mixpanel.deletions == []

    vera.is_restricted(False)
    deliver()
    assert VISIT in mixpanel.profiles[vera.our_id].values()


def test_a_deletion_has_two_thousand_ids_and_the_rest_is_a_second_later(mixpanel: MixpanelTarget) -> None:
    pushes = [
        Push(uuid.uuid4(), uuid.uuid4(), f"known {place}", Erase("gone"), frozenset())
        for place in range(1001)
    ]

    answers = mixpanel.push(*pushes)

    assert [len(ids) for ids in mixpanel.deletions] == [2000]
    later = [one for one in answers.values() if isinstance(one, TryLater)]
    assert [one.after for one in later] == [1.0]
    assert sum(isinstance(one, Done) and one.outcome == Outcome.ERASING for one in answers.values()) == 1000
