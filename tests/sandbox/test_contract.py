import httpx
import pytest

from tests.sandbox.hubspot_calls import CONTACTS, STATUSES, message, row, upsert
from tests.sandbox.running import RunningSandbox

JSON = {"Content-Type": "application/json"}


def test_a_number_where_hubspot_wants_a_text_is_refused(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    body = {"inputs": [{"id": "ann@example.com", "idProperty": "email", "properties": {"zip": 8000}}]}

    answer = hubspot.post(f"{CONTACTS}/batch/upsert", json=body)

    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert "inputs.0.properties.zip: 8000 is not of type 'string'" in message(answer)
    assert "8000 is not of type 'string'" in sandbox.violations("hubspot")[0]
    assert sandbox.state("hubspot")["contacts"] == []


def test_a_misspelt_field_is_refused(hubspot: httpx.Client) -> None:
    misspelt = {"id": "ann@example.com", "idproperty": "email", "properties": {}}

    answer = hubspot.post(f"{CONTACTS}/batch/upsert", json={"inputs": [misspelt]})

    assert answer.status_code == 400
    assert "idproperty" in message(answer)


def test_more_than_a_hundred_rows_are_refused(hubspot: httpx.Client) -> None:
    rows = [row(f"p{number}@example.com", firstname="P") for number in range(101)]

    assert upsert(hubspot, *rows[:100]).status_code == 200
    assert upsert(hubspot, *rows).status_code == 400


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}])
def test_without_a_bearer_token_nothing_is_answered(sandbox: RunningSandbox, header: dict[str, str]) -> None:
    answer = sandbox.client.get(f"/hubspot{CONTACTS}", headers=header)

    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"
    assert len(sandbox.violations("hubspot")) == 1


def test_missing_credentials_come_before_a_malformed_body(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.post(f"/hubspot{CONTACTS}", content=b"{", headers=JSON)

    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'"text"', b"[]"])
def test_a_body_that_is_no_contact_is_refused(hubspot: httpx.Client, body: bytes) -> None:
    answer = hubspot.post(CONTACTS, content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_another_media_type_is_refused(hubspot: httpx.Client) -> None:
    answer = hubspot.post(
        CONTACTS, content=b'{"properties": {"city": "Bern"}}', headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 400


def test_a_path_that_hubspot_does_not_have_is_not_found(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    answer = hubspot.get("/crm/v3/objects/contacts")

    assert answer.status_code == 404
    assert sandbox.violations("hubspot") == ["There is nothing at /crm/v3/objects/contacts."]


def test_a_method_that_the_path_does_not_have_is_refused(hubspot: httpx.Client) -> None:
    assert hubspot.put(CONTACTS, json={}).status_code == 405


def test_a_missing_query_parameter_is_refused(hubspot: httpx.Client) -> None:
    answer = hubspot.get(f"{STATUSES}/ann@example.com")

    assert answer.status_code == 400
    assert "channel" in message(answer)


def test_every_answer_tells_the_rate_limits_except_a_search(hubspot: httpx.Client) -> None:
    listed = hubspot.get(CONTACTS)
    searched = hubspot.post(f"{CONTACTS}/search", json={})

    assert listed.headers["X-HubSpot-RateLimit-Max"] == "190"
    assert int(listed.headers["X-HubSpot-RateLimit-Remaining"]) == 189
    assert "X-HubSpot-RateLimit-Max" not in searched.headers
