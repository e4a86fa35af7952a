"""The sandbox's identity providers: whoever sets one up decides what it says."""

import pytest

from tests.sandbox.running import RunningSandbox

ASKED = {
    "response_type": "code",
    "client_id": "ciam",
    "redirect_uri": "http://localhost/back",
    "state": "s",
    "scope": "openid",
    "code_challenge": "c",
}


def test_its_settings_are_changed_by_json_and_by_a_page(sandbox: RunningSandbox) -> None:
    said = sandbox.client.put("/idp/mine/settings", json={"people": {"eve": {"sub": "1", "name": "Eve"}}})
    assert said.json()["people"] == {"eve": {"sub": "1", "name": "Eve"}}

    page = sandbox.client.post("/idp/mine/control", data={"settings": '{"flavour": "google"}'})

    assert (page.status_code, page.headers["Location"]) == (303, "/idp/mine/control")
    shown = sandbox.client.get("/idp/mine/control").text
    assert "google" in shown
    assert "Eve" in shown
    assert "Eve" in sandbox.client.get("/idp").text


@pytest.mark.parametrize("odd", ['{"colour": 1}', "no json", '{"flavour": "x"}', "[]"])
def test_odd_settings_change_nothing(sandbox: RunningSandbox, odd: str) -> None:
    answer = sandbox.client.post("/idp/mine/control", data={"settings": odd})

    assert answer.status_code == 400
    assert sandbox.client.get("/idp/mine/settings").json()["flavour"] == "oidc"


def test_a_page_of_another_site_changes_nothing(sandbox: RunningSandbox) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    said = {"settings": '{"flavour": "google"}'}

    assert sandbox.client.post("/idp/mine/control", data=said, headers=headers).status_code == 400
    assert sandbox.client.get("/idp/mine/settings").json()["flavour"] == "oidc"


def test_a_code_is_good_for_whoever_asked_and_once(sandbox: RunningSandbox) -> None:
    back = sandbox.client.get("/idp/sandbox/authorize", params={**ASKED, "person": "sofia"})
    code = back.headers["Location"].partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": ASKED["redirect_uri"]}
    client = {"client_id": "ciam", "client_secret": "the demo's secret"}

    answers = [
        sandbox.client.post("/idp/sandbox/token", data={**form, **client, "code_verifier": "v" * 43}),
        sandbox.client.post("/idp/sandbox/token", data={**form, **client}),
    ]

    assert [answer.json()["error"] for answer in answers] == ["invalid_grant", "invalid_grant"]
    assert sandbox.violations("idp") == []


def test_an_app_that_it_does_not_know_is_sent_nowhere(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.get("/idp/sandbox/authorize", params={**ASKED, "client_id": "stranger"})

    assert answer.status_code == 400
    assert "Location" not in answer.headers
