"""Properties, subscription types and statuses, and the token endpoint."""

import httpx
import pytest

from tests.sandbox.hubspot_calls import (
    CONTACTS,
    DEFINITIONS,
    PROPERTIES,
    STATUSES,
    create_property,
    message,
    set_status,
)
from tests.sandbox.running import RunningSandbox

EMAIL = "ann@example.com"
ASKED = {"channel": "EMAIL"}


def reason(answer: httpx.Response) -> str:
    return str(answer.json()["results"][0]["setStatusSuccessReason"])


def test_the_usual_properties_exist_and_a_connector_adds_its_own(hubspot: httpx.Client) -> None:
    before = {one["name"] for one in hubspot.get(PROPERTIES).json()["results"]}

    made = create_property(hubspot, "ciam_user_id", hasUniqueValue=True)

    after = {one["name"]: one for one in hubspot.get(PROPERTIES).json()["results"]}
    usual = {"email", "firstname", "lastname", "phone", "city", "country", "hs_language", "lifecyclestage"}
    assert usual <= before
    assert made.status_code == 201
    assert after["ciam_user_id"]["hasUniqueValue"] is True
    assert set(after) - before == {"ciam_user_id"}


@pytest.mark.parametrize("name", ["ciam_user_id", "email"])
def test_a_property_that_exists_is_a_conflict(hubspot: httpx.Client, name: str) -> None:
    create_property(hubspot, "ciam_user_id")

    assert create_property(hubspot, name).status_code == 409


def test_there_are_at_most_ten_unique_properties(hubspot: httpx.Client) -> None:
    made = [
        create_property(hubspot, f"unique_{number}", hasUniqueValue=True).status_code for number in range(11)
    ]

    assert made == [201] * 10 + [400]


def test_contacts_are_called_by_number_or_name_and_other_objects_are_not_here(hubspot: httpx.Client) -> None:
    assert hubspot.get("/crm/properties/2026-09/contacts").status_code == 200
    assert hubspot.get("/crm/properties/2026-09/0-2").status_code == 404


def test_there_are_two_subscription_types(hubspot: httpx.Client) -> None:
    types = hubspot.get(DEFINITIONS).json()["results"]

    assert [(one["id"], one["name"]) for one in types] == [("1001", "Newsletter"), ("1002", "Product news")]


def test_a_subscription_is_set_withdrawn_and_set_again(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    reasons = [
        reason(set_status(hubspot, EMAIL, state))
        for state in ("SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED")
    ]

    assert reasons == [
        "REQUESTED_CHANGE_OCCURRED",
        "NO_STATUS_CHANGE",
        "REQUESTED_CHANGE_OCCURRED",
        "NO_STATUS_CHANGE",
        "RESUBSCRIBE_OCCURRED",
    ]
    assert sandbox.state("hubspot")["statuses"] == {EMAIL: {"1001": "SUBSCRIBED"}}


def test_statuses_are_read_by_email_in_any_case(hubspot: httpx.Client) -> None:
    set_status(hubspot, "Ann+News@Example.com", "SUBSCRIBED")

    results = hubspot.get(f"{STATUSES}/ann%2Bnews%40example.com", params=ASKED).json()["results"]

    assert [(one["subscriptionId"], one["status"]) for one in results] == [
        (1001, "SUBSCRIBED"),
        (1002, "NOT_SPECIFIED"),
    ]


def test_unsubscribing_from_all_is_undone_by_subscribing_again(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    wide = f"{STATUSES}/{EMAIL}/unsubscribe-all"
    set_status(hubspot, EMAIL, "SUBSCRIBED")

    told = hubspot.post(wide, params={**ASKED, "verbose": "true"})

    assert [one["status"] for one in told.json()["results"]] == ["UNSUBSCRIBED"] * 2
    assert reason(told) == "UNSUBSCRIBE_FROM_ALL_OCCURRED"
    assert hubspot.get(wide, params=ASKED).json()["results"][0]["status"] == "UNSUBSCRIBED"
    assert sandbox.state("hubspot")["unsubscribed_from_all"] == [EMAIL]

    assert reason(set_status(hubspot, EMAIL, "SUBSCRIBED")) == "RESUBSCRIBE_OCCURRED"
    assert hubspot.get(wide, params=ASKED).json()["results"][0]["status"] == "NOT_SPECIFIED"
    assert sandbox.state("hubspot")["statuses"][EMAIL] == {"1001": "SUBSCRIBED", "1002": "UNSUBSCRIBED"}


def test_a_subscription_needs_a_legal_basis_and_its_end_does_not(hubspot: httpx.Client) -> None:
    body = {"channel": "EMAIL", "subscriptionId": 1001}

    refused = hubspot.post(f"{STATUSES}/{EMAIL}", json={**body, "statusState": "SUBSCRIBED"})
    taken = hubspot.post(f"{STATUSES}/{EMAIL}", json={**body, "statusState": "UNSUBSCRIBED"})

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert "legalBasis" in message(refused)


def test_an_unknown_subscription_or_no_address_is_refused(hubspot: httpx.Client) -> None:
    assert set_status(hubspot, EMAIL, "SUBSCRIBED", subscription=9).status_code == 400
    assert set_status(hubspot, "nobody", "SUBSCRIBED").status_code == 400


def test_a_refresh_token_becomes_an_access_token_and_neither_is_recorded(sandbox: RunningSandbox) -> None:
    form = {
        "grant_type": "refresh_token",
        "client_id": "c",
        "client_secret": "s3cret",
        "refresh_token": "r3fresh",
    }

    token = sandbox.client.post("/hubspot/oauth/2026-03/token", data=form).json()

    assert token["expires_in"] == 1800
    assert token["token_type"] == "bearer"
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert sandbox.client.get(f"/hubspot{CONTACTS}", headers=bearer).status_code == 200
    recorded = str(sandbox.requests("hubspot"))
    assert not [secret for secret in ("s3cret", "r3fresh", token["access_token"]) if secret in recorded]


def test_a_refresh_without_its_token_is_refused(sandbox: RunningSandbox) -> None:
    form = {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s"}

    answer = sandbox.client.post("/hubspot/oauth/2026-03/token", data=form)

    assert (answer.status_code, answer.json()["category"]) == (400, "BAD_REFRESH_TOKEN")
