"""The buttons on a target's page, and the lists of runs and of deliveries."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from accounts.events import SYSTEM
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import runs
from provisioning.models import Connector, Delivery, DeliveryState, Run, RunKind, RunState
from tests.provisioning.admin.desk import olga, oskar
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import Customer, deliver
from tests.provisioning.runs.test_redrive import delivery
from tests.provisioning.runs.working import one_slice

pytestmark = pytest.mark.django_db


def at(connector: Connector, where: str) -> str:
    return f"/admin/provisioning/connector/{connector.pk}/{where}/"


def test_credentials_are_checked_by_asking_the_target(hubspot: Target) -> None:
    desk = olga()

    answer = desk.posts(at(hubspot.connector, "check"))

    assert answer.headers["Location"] == at(hubspot.connector, "change")
    assert desk.said == ["HubSpot accepts the access token, and lets it read contacts."]
    assert [request["method"] for request in hubspot.requests] == ["GET"]


def test_what_is_wrong_with_them_is_said_as_it_is(hubspot: Target) -> None:
    Connector.objects.update(secret="")
    desk = olga()

    desk.posts(at(hubspot.connector, "check"))

    assert desk.said == ["The connector has no access token: enter the one of a HubSpot private app."]
    hubspot.connector.refresh_from_db()
    assert hubspot.connector.needs_human == ""


def test_a_target_that_does_not_answer_is_no_error_page(hubspot: Target) -> None:
    hubspot.fault("status", status=503)
    desk = olga()

    desk.posts(at(hubspot.connector, "check"))

    assert desk.said == ["HubSpot answered 503."]


def test_a_target_is_prepared_again(hubspot: Target) -> None:
    desk = olga()

    desk.posts(at(hubspot.connector, "prepare"))

    hubspot.connector.refresh_from_db()
    assert hubspot.connector.prepared_at is not None
    assert desk.said == ["The target is prepared."]
    made = {one["name"] for one in hubspot.sandbox.state("hubspot")["properties"]}
    assert "ciam_user_id" in made


def test_buttons_are_for_those_who_may_change_the_target(hubspot: Target) -> None:
    desk = oskar("provisioning.view_connector")

    page = desk.reads(at(hubspot.connector, "change"))

    assert "Check credentials" not in page
    for where in ("check", "prepare", "run/resync"):
        with pytest.raises(PermissionDenied):
            desk.posts(at(hubspot.connector, where))
    assert hubspot.requests == []


def test_a_button_is_not_pressed_by_following_a_link(hubspot: Target) -> None:
    assert olga().opens(at(hubspot.connector, "check")).status_code == 405
    assert hubspot.requests == []


def test_a_run_is_begun_watched_and_stopped_on_the_targets_page(
    crm: Connector, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.resyncing.SLICE", 6)
    desk = olga()

    desk.posts(at(crm, "run/resync"))
    one_slice()
    run = Run.objects.get()
    watched = desk.reads(at(crm, "change"))
    desk.posts(at(crm, f"stop/{run.pk}"))
    desk.posts(at(crm, f"stop/{run.pk}"))

    assert "6 of 24 (25 %)" in watched
    assert Run.objects.get().state == RunState.STOPPED
    assert desk.said == [
        "The run goes on: 24 people.",
        "The run is stopped. What it has done stays.",
        "It had already ended.",
    ]


def test_only_runs_that_make_sense_are_offered(crm: Connector) -> None:
    desk = olga()

    page = desk.reads(at(crm, "change"))
    desk.posts(at(crm, "run/drift"))
    desk.posts(at(crm, "run/marathon"))

    assert at(crm, "run/redrive") in page
    assert at(crm, "run/drift") not in page
    assert not Run.objects.exists()
    assert desk.said == ["This target knows no such run."] * 2


def test_all_runs_are_listed_and_stopped_there_too(crm: Connector, people: list[Customer]) -> None:
    deliver()
    run = runs.start(RunKind.RESYNC, crm, SYSTEM, moment())
    desk = olga()

    page = desk.reads("/admin/provisioning/run/")
    desk.posts("/admin/provisioning/run/", action="stop", _selected_action=str(run.pk))

    assert "0 of 24 (0 %)" in page
    assert Run.objects.get().state == RunState.STOPPED
    assert desk.said == ["1 run is stopped."]


def test_deliveries_are_listed_by_account_and_tried_again(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    stuck = delivery(crm, anna.account.pk)
    sent = delivery(crm, uuid.uuid4(), state=DeliveryState.SENT, needs_human="")
    desk = olga()

    found = desk.reads(f"/admin/provisioning/delivery/?q={anna.account.pk}")
    desk.posts(
        "/admin/provisioning/delivery/",
        action="send_again",
        _selected_action=[str(stuck.pk), str(sent.pk)],
    )

    assert str(anna.account.pk)[-12:] in found
    assert str(sent.account_id)[-12:] not in found
    assert Delivery.objects.get(pk=stuck.pk).needs_human == ""
    assert desk.said == ["1 delivery is tried again."]
