"""Tokens, limits, what the objects are like, and jobs."""

import csv
import io

import httpx
import pytest

from tests.sandbox.running import RunningSandbox
from tests.sandbox.salesforce_calls import API, APP, OUR_ID, TOKEN, error, saved

JOBS = f"{API}/jobs/ingest"
WANTED = {"object": "Contact", "operation": "upsert", "externalIdFieldName": OUR_ID, "contentType": "CSV"}


def test_a_token_opens_the_address_that_comes_with_it_and_is_not_recorded(sandbox: RunningSandbox) -> None:
    token = sandbox.client.post(TOKEN, data=APP).json()

    assert token["instance_url"] == sandbox.base_url("salesforce")
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    answer = httpx.get(f"{token['instance_url']}{API}/limits", headers=bearer)
    assert answer.json()["DailyApiRequests"]["Max"] == 100_000
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    recorded = str(sandbox.requests("salesforce"))
    assert not [secret for secret in ("a-secret", token["access_token"]) if secret in recorded]


def test_the_credentials_may_come_by_basic_authentication(sandbox: RunningSandbox) -> None:
    form = {"grant_type": "client_credentials"}

    assert sandbox.client.post(TOKEN, data=form, auth=("key", "secret")).status_code == 200
    assert sandbox.client.post(TOKEN, data=form, auth=("key", "")).status_code == 400


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**APP, "client_id": ""}, "invalid_client_id"),
        ({"grant_type": "refresh_token", "refresh_token": "r"}, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_with_a_reason(sandbox: RunningSandbox, form: dict[str, str], said: str) -> None:
    answer = sandbox.client.post(TOKEN, data=form)

    assert (answer.status_code, answer.json()["error"]) == (400, said)


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}]
)
def test_without_a_token_of_its_own_nothing_is_answered(
    sandbox: RunningSandbox, header: dict[str, str]
) -> None:
    answer = sandbox.client.get(f"/salesforce{API}/limits", headers=header)

    assert error(answer) == (401, "INVALID_SESSION_ID")


def test_after_a_reset_no_token_is_good(sandbox: RunningSandbox, salesforce: httpx.Client) -> None:
    sandbox.reset("salesforce")

    assert error(salesforce.get(f"{API}/limits")) == (401, "INVALID_SESSION_ID")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "INVALID_SESSION_ID"),
        (403, "REQUEST_LIMIT_EXCEEDED"),
        (503, "SERVER_UNAVAILABLE"),
        (500, "UNKNOWN_EXCEPTION"),
    ],
)
def test_scripted_failures_have_salesforces_own_form(
    sandbox: RunningSandbox, salesforce: httpx.Client, status: int, code: str
) -> None:
    sandbox.fault("salesforce", "status", status=status)

    assert error(salesforce.get(f"{API}/limits")) == (status, code)


@pytest.mark.parametrize("sobject", ["Contact", "Lead", "Account", "Individual", "ContactPointTypeConsent"])
def test_every_object_has_our_field(salesforce: httpx.Client, sobject: str) -> None:
    fields = salesforce.get(f"{API}/sobjects/{sobject}/describe").json()["fields"]

    ours = next(one for one in fields if one["name"] == OUR_ID)
    assert (ours["externalId"], ours["unique"], ours["length"]) == (True, True, 64)
    assert error(salesforce.get(f"{API}/sobjects/Shoe__c/describe")) == (404, "NOT_FOUND")


def test_the_page_shows_people_and_what_they_said(sandbox: RunningSandbox, salesforce: httpx.Client) -> None:
    saved(salesforce, "u-1", Email="ann@example.com", HasOptedOutOfEmail=True)

    page = sandbox.client.get("/salesforce").text

    assert "What Salesforce now knows" in page
    assert "ann@example.com" in page
    assert "unsubscribed" in page


def sent(salesforce: httpx.Client, table: str) -> str:
    """The path of a job that has been closed."""
    job = f"{JOBS}/{salesforce.post(JOBS, json=WANTED).json()['id']}"
    headers = {"Content-Type": "text/csv"}
    assert salesforce.put(f"{job}/batches", content=table.encode(), headers=headers).status_code == 201
    assert salesforce.patch(job, json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    return job


def rows(salesforce: httpx.Client, path: str) -> list[dict[str, str]]:
    answer = salesforce.get(path)
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_job_takes_a_table_and_tells_what_became_of_each_row(
    sandbox: RunningSandbox, salesforce: httpx.Client
) -> None:
    saved(salesforce, "u-1", Title="Baker", FirstName="Ann")
    table = f'{OUR_ID},LastName,FirstName,Title\nu-1,"Doe, Dr.",,#N/A\nu-2,,Bob,\nu-3,Roe,,\n'

    job = sent(salesforce, table)
    states = [salesforce.get(job).json()["state"] for _look in range(2)]

    assert states == ["InProgress", "JobComplete"]
    good = {one[OUR_ID]: one for one in rows(salesforce, f"{job}/successfulResults")}
    assert [(name, one["sf__Created"]) for name, one in good.items()] == [("u-1", "false"), ("u-3", "true")]
    bad = rows(salesforce, f"{job}/failedResults")
    assert [(one[OUR_ID], one["sf__Error"].partition(":")[0]) for one in bad] == [
        ("u-2", "REQUIRED_FIELD_MISSING")
    ]
    assert rows(salesforce, f"{job}/unprocessedrecords") == []
    ann = next(one for one in sandbox.state("salesforce")["Contact"] if one[OUR_ID] == "u-1")
    assert (ann["LastName"], ann["FirstName"], "Title" in ann) == ("Doe, Dr.", "Ann", False)
    assert sandbox.violations() == []


@pytest.mark.parametrize("table", ["", f"{OUR_ID}\n", f"{OUR_ID},Shoe__c\nu-1,44\n", 'a,"b\n'])
def test_a_table_that_is_none_fails_the_job(salesforce: httpx.Client, table: str) -> None:
    job = f"{JOBS}/{salesforce.post(JOBS, json=WANTED).json()['id']}"
    if table:
        salesforce.put(f"{job}/batches", content=table.encode(), headers={"Content-Type": "text/csv"})
    salesforce.patch(job, json={"state": "UploadComplete"})

    said = salesforce.get(job).json()

    assert said["state"] == "Failed"
    assert "InvalidBatch" in said["errorMessage"]


def test_a_job_goes_through_its_states_once(salesforce: httpx.Client) -> None:
    job = sent(salesforce, f"{OUR_ID},LastName\nu-1,Doe\n")

    assert error(salesforce.patch(job, json={"state": "UploadComplete"})) == (400, "INVALIDJOBSTATE")
    assert error(salesforce.put(f"{job}/batches", content=b"x", headers={"Content-Type": "text/csv"})) == (
        400,
        "INVALIDJOBSTATE",
    )
    assert error(salesforce.get(f"{JOBS}/nonsense")) == (404, "NOT_FOUND")
    assert error(salesforce.post(JOBS, json={**WANTED, "operation": "hardDelete"})) == (400, "INVALIDJOB")
