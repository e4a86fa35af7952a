"""Everybody at once, in jobs; and whoever needs the usual way goes the usual way."""

import pytest

from accounts.events import SYSTEM
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import backfill, runs
from provisioning.connectors.salesforce import Salesforce
from provisioning.delivery import FRESH
from provisioning.models import Connector, Link, Run, RunKind, RunState
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import salesforce as salesforce
from tests.provisioning.outbox.salesforce_target import OUR_ID, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.runs.working import all_slices, one_slice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "LOOK_EVERY", 0.01)


def backfills(connector: Connector) -> Run:
    return runs.start(RunKind.BACKFILL, connector, SYSTEM, moment())


def jobs(salesforce: Org) -> int:
    return sum(
        one["method"] == "POST" and one["path"].endswith("/jobs/ingest") for one in salesforce.requests
    )


def test_everybody_comes_in_as_few_jobs_as_there_are_slices(
    salesforce: Org, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "SLICE", 40)
    people = scene.crowd(newsletter, 100)

    run = backfills(salesforce.connector)
    all_slices()

    run.refresh_from_db()
    assert (run.state, run.seen, run.changed) == (RunState.DONE, 100, 100), run.trouble
    assert jobs(salesforce) == 3
    assert settled(salesforce.connector)
    assert {one[OUR_ID] for one in salesforce.records()} == {one.our_id for one in people}
    asked = len(salesforce.requests)
    assert deliver() == 0
    assert len(salesforce.requests) == asked, "nothing is left to say"


def test_who_withdrew_goes_the_usual_way(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    anna.withdraws(newsletter)

    backfills(salesforce.connector)
    all_slices()
    deliver()

    assert jobs(salesforce) == 0
    assert salesforce.of(anna)["HasOptedOutOfEmail"]
    assert settled(salesforce.connector)


def test_a_job_that_takes_too_long_is_ended_and_its_people_go_the_usual_way(
    salesforce: Org, anna: Customer, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna.gives(newsletter)
    monkeypatch.setattr(backfill, "FOR_ANSWERS", FRESH)

    backfills(salesforce.connector)
    all_slices()
    waits = Link.objects.behind().get(connector=salesforce.connector)
    at_once = deliver()
    later = deliver(after=backfill.PAUSE + 1)

    assert waits.trouble == "The job took too long, and was ended."
    assert (at_once, later) == (0, 1), "not while the job may still have an effect"
    assert salesforce.of(anna)


def test_what_changes_while_a_job_is_at_work_is_sent_afterwards(
    salesforce: Org, anna: Customer, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna.gives(newsletter)
    looked = Salesforce.job_is_over

    def meanwhile(kind: Salesforce, connector: Connector, job: str, deadline: float) -> bool:
        anna.says(given_name="Annabel")
        return looked(kind, connector, job, deadline)

    monkeypatch.setattr(Salesforce, "job_is_over", meanwhile)
    backfills(salesforce.connector)
    one_slice()
    monkeypatch.undo()
    deliver()

    assert salesforce.of(anna)["FirstName"] == "Annabel"
    assert settled(salesforce.connector)


def test_other_kinds_take_no_jobs(crm: Connector) -> None:
    assert RunKind.BACKFILL not in runs.possible(crm)
