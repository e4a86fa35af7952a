"""Thousands of people in one job, with an answer for each."""

import time
import uuid
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning import delivery
from provisioning.connectors.base import Answer, Done
from provisioning.connectors.salesforce import Salesforce
from provisioning.connectors.salesforce_bulk import MOST_ROWS, refused_in_table
from provisioning.delivery import Batch
from provisioning.models import Link
from provisioning.settling import settle_all
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.salesforce_target import OUR_ID, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled

KIND = Salesforce()
NAME = 'Müller, "Anni" von\n東京'


def soon() -> float:
    return time.monotonic() + 60


def claimed(salesforce: Org) -> Batch:
    """Everybody who waits, as a run would have them."""
    batch = delivery.claim(salesforce.connector, KIND, most=MOST_ROWS, now=moment())
    return delivery.announce(delivery.read(batch))


def begun(salesforce: Org, batch: Batch) -> str:
    return KIND.begin_job(salesforce.connector, list(batch.pushes.values()), soon())


def answers(salesforce: Org, batch: Batch, job: str) -> Mapping[uuid.UUID, Answer]:
    pushes = list(batch.pushes.values())
    return dict(KIND.answers_of_job(salesforce.connector, job, pushes, soon()))


def finished(salesforce: Org, batch: Batch) -> Mapping[uuid.UUID, Answer]:
    job = begun(salesforce, batch)
    looks = [KIND.job_is_over(salesforce.connector, job, soon()) for _look in range(2)]
    assert looks == [False, True]
    return answers(salesforce, batch, job)


@pytest.mark.django_db
def test_two_and_a_half_thousand_people_take_one_job(salesforce: Org, newsletter: Purpose) -> None:
    people = scene.crowd(newsletter, 2_500)
    batch = claimed(salesforce)
    assert len(batch.pushes) == 2_500

    found = finished(salesforce, batch)
    settle_all(Batch(batch.connector, batch.kind, batch.links, batch.deadline, batch.pushes, found), moment())

    assert {type(answer) for answer in found.values()} == {Done}
    assert settled(salesforce.connector)
    assert {one[OUR_ID] for one in salesforce.records()} == {one.our_id for one in people}
    assert not any(one["HasOptedOutOfEmail"] for one in salesforce.records())
    jobs = [one for one in salesforce.requests if "/jobs/" in one["path"]]
    assert len(jobs) == len(salesforce.requests) - 1 == 7, (
        "create, send, close, look twice, read twice; a token"
    )
    asked = len(salesforce.requests)
    assert deliver() == 0
    assert len(salesforce.requests) == asked, "nothing is left to say"


@pytest.mark.django_db
def test_values_arrive_as_they_are_and_what_is_gone_is_cleared(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.says(family_name=NAME, given_name="=1+1")
    anna.gives(newsletter)
    deliver()

    anna.clears("interests")
    anna.says(given_name="@Anna")
    finished(salesforce, claimed(salesforce))

    values = salesforce.values(anna)
    assert (values["FirstName"], values["LastName"]) == ("@Anna", NAME)
    assert "CIAM_Interests__c" not in values


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "kind"), [("UNABLE_TO_LOCK_ROW", TryLater), ("INVALID_EMAIL_ADDRESS", NeedsHuman)]
)
def test_each_row_has_its_own_answer(
    salesforce: Org, anna: Customer, newsletter: Purpose, code: str, kind: type[Answer]
) -> None:
    refused, doubled, fine = scene.crowd(newsletter, 3)
    anna.gives(newsletter)
    adopted_id = salesforce.knows(Email=anna.email, LastName="Meier")
    salesforce.knows(Email=doubled.email, **{OUR_ID: "another"})
    body = {"statusCode": code, "message": f"{refused.email}: no"}
    rows = {"property": "Email", "equals": refused.email}
    salesforce.fault("row_errors", rows=rows, body=body)

    found = finished(salesforce, claimed(salesforce))

    def answer(customer: Customer) -> Answer:
        return found[customer.link(salesforce.connector).pk]

    assert isinstance(answer(fine), Done)
    assert isinstance(answer(refused), kind)
    assert code in str(answer(refused))
    assert refused.email not in str(answer(refused))
    assert isinstance(answer(doubled), NeedsHuman)
    taken = answer(anna)
    assert isinstance(taken, Done)
    assert taken.remote_id == adopted_id
    assert salesforce.of(anna)["LastName"] == "Meier"


@pytest.mark.django_db
def test_individuals_and_consents_go_with_it(protective: Org, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)

    found = finished(protective, claimed(protective))

    assert {type(answer) for answer in found.values()} == {Done}
    assert protective.of(anna)["IndividualId"] == protective.of(anna, "Individual")["Id"]
    assert protective.of(anna, "ContactPointTypeConsent")["PrivacyConsentStatus"] == "OptIn"


@pytest.mark.django_db
def test_who_is_not_to_be_held_is_in_no_job(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    anna.withdraws(newsletter)
    batch = claimed(salesforce)
    asked = len(salesforce.requests)

    assert begun(salesforce, batch) == ""
    assert len(salesforce.requests) == asked


@pytest.mark.django_db
def test_a_job_that_is_abandoned_can_be_begun_anew(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    batch = claimed(salesforce)
    job = begun(salesforce, batch)

    KIND.abandon_job(salesforce.connector, job, soon())
    with pytest.raises(NeedsHuman, match="Aborted"):
        KIND.job_is_over(salesforce.connector, job, soon())
    finished(salesforce, batch)
    KIND.abandon_job(salesforce.connector, "750000000000099AAA", soon())

    assert len(salesforce.records()) == 1


@pytest.mark.django_db
def test_a_job_that_is_over_can_be_abandoned_without_harm(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    job = begun(salesforce, claimed(salesforce))
    for _look in range(2):
        KIND.job_is_over(salesforce.connector, job, soon())

    KIND.abandon_job(salesforce.connector, job, soon())

    assert len(salesforce.records()) == 1


@pytest.mark.django_db
def test_a_mapping_that_the_job_cannot_use_needs_a_human(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    salesforce.connector.mapping = {"email": "Email", "given_name": "Nickname__c"}
    salesforce.connector.save()
    anna.gives(newsletter)
    job = begun(salesforce, claimed(salesforce))

    with pytest.raises(NeedsHuman, match="Failed"):
        KIND.job_is_over(salesforce.connector, job, soon())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "kind", "fields"),
    [
        ("/jobs/ingest", "status", {"status": 503}),
        ("/batches", "timeout_before", {"seconds": 3}),
        ("/batches", "timeout_after", {"seconds": 3}),
        ("/jobs/ingest", "garbage", {"body": "{}"}),
    ],
)
def test_a_job_that_could_not_begin_is_begun_again(
    salesforce: Org,
    anna: Customer,
    newsletter: Purpose,
    impatience: None,
    path: str,
    kind: str,
    fields: dict[str, object],
) -> None:
    anna.gives(newsletter)
    batch = claimed(salesforce)
    salesforce.fault(kind, path_contains=path, **fields)

    with pytest.raises(TryLater):
        begun(salesforce, batch)
    finished(salesforce, batch)

    assert len(salesforce.records()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{}, {"body": "[]"}, {"body": ""}])
def test_results_that_nobody_can_read_are_read_again(
    salesforce: Org, anna: Customer, newsletter: Purpose, fields: dict[str, str]
) -> None:
    anna.gives(newsletter)
    batch = claimed(salesforce)
    job = begun(salesforce, batch)
    for _look in range(2):
        KIND.job_is_over(salesforce.connector, job, soon())
    salesforce.fault("garbage", path_contains="successfulResults", **fields)

    with pytest.raises(TryLater):
        answers(salesforce, batch, job)
    found = answers(salesforce, batch, job)

    assert [type(answer) for answer in found.values()] == [Done]
    assert Link.objects.get().held == ["email", "given_name", "interests"]


@pytest.mark.parametrize(
    ("text", "code", "fields", "will_pass"),
    [
        (
            "REQUIRED_FIELD_MISSING:Missing: [LastName]:LastName --",
            "REQUIRED_FIELD_MISSING",
            ("LastName",),
            False,
        ),
        ("UNABLE_TO_LOCK_ROW:unable to obtain: 1:--", "UNABLE_TO_LOCK_ROW", (), True),
        (
            "STRING_TOO_LONG:a:b@c.de:FirstName,LastName --",
            "STRING_TOO_LONG",
            ("FirstName", "LastName"),
            False,
        ),
        ("", "", (), False),
    ],
)
def test_an_error_in_a_table_has_a_code_and_fields(
    text: str, code: str, fields: tuple[str, ...], will_pass: bool
) -> None:
    refused = refused_in_table(text)

    assert (refused.code, refused.fields, refused.will_pass) == (code, fields, will_pass)


@given(st.text())
def test_no_error_in_a_table_is_unreadable(text: str) -> None:
    assert isinstance(refused_in_table(text).answer(), Exception)
