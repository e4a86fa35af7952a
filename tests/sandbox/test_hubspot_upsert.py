import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from demo.sandbox.hubspot import HubSpot
from tests.sandbox.hubspot_calls import CONTACTS, contact_id, create_property, message, row, upsert
from tests.sandbox.running import RunningSandbox


def people(sandbox: RunningSandbox) -> dict[str, dict[str, str]]:
    """Properties of the live contacts, by e-mail."""
    live = [one["properties"] for one in sandbox.state("hubspot")["contacts"] if not one["archived"]]
    return {one["email"]: one for one in live}


def test_an_upsert_makes_a_new_contact_and_then_changes_it(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    first = upsert(hubspot, row("ann@example.com", trace="7", firstname="Ann")).json()["results"][0]
    second = upsert(hubspot, row("ann@example.com", trace="8", firstname="Anna")).json()["results"][0]

    assert (first["new"], second["new"]) == (True, False)
    assert first["id"] == second["id"]
    assert (first["objectWriteTraceId"], second["objectWriteTraceId"]) == ("7", "8")
    assert people(sandbox) == {"ann@example.com": {"email": "ann@example.com", "firstname": "Anna"}}
    assert sandbox.violations() == []


def test_an_email_is_lower_cased_and_finds_its_contact_in_any_case(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    upsert(hubspot, row("Ann@Example.COM", firstname="Ann"))
    again = upsert(hubspot, row("aNN@example.com", firstname="Ann"))

    assert again.json()["results"][0]["new"] is False
    assert list(people(sandbox)) == ["ann@example.com"]


def test_an_empty_text_clears_a_value(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    upsert(hubspot, row("ann@example.com", firstname="Ann", city="Bern"))

    upsert(hubspot, row("ann@example.com", firstname="Ann", city=""))

    assert people(sandbox)["ann@example.com"] == {"email": "ann@example.com", "firstname": "Ann"}


def test_a_partial_upsert_by_email_is_refused(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    upsert(hubspot, row("ann@example.com", firstname="Ann", city="Bern"))

    answer = upsert(hubspot, row("ann@example.com", firstname="Anna"))

    assert answer.status_code == 400
    assert "Not sent, but set: city" in message(answer)
    assert people(sandbox)["ann@example.com"]["firstname"] == "Ann"


def test_a_lenient_hubspot_takes_a_partial_upsert_by_email() -> None:
    with RunningSandbox([lambda: HubSpot(strict=False)]) as sandbox:
        client = httpx.Client(base_url=sandbox.base_url("hubspot"), headers={"Authorization": "Bearer t"})
        upsert(client, row("ann@example.com", firstname="Ann", city="Bern"))

        assert upsert(client, row("ann@example.com", firstname="Anna")).status_code == 200
        assert people(sandbox)["ann@example.com"]["city"] == "Bern"


def test_a_unique_property_allows_partial_upserts_and_a_change_of_email(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    assert create_property(hubspot, "ciam_user_id", hasUniqueValue=True).status_code == 201
    upsert(hubspot, row("u-1", by="ciam_user_id", email="ann@example.com", city="Bern"))

    answer = upsert(hubspot, row("u-1", by="ciam_user_id", email="ann@new.example"))

    assert answer.json()["results"][0]["new"] is False
    expected = {"ciam_user_id": "u-1", "email": "ann@new.example", "city": "Bern"}
    assert people(sandbox) == {"ann@new.example": expected}


@pytest.mark.parametrize("id_property", ["firstname", "nonsense", ""])
def test_only_a_unique_property_identifies(hubspot: httpx.Client, id_property: str) -> None:
    answer = upsert(hubspot, row("x", by=id_property, firstname="Ann"))

    assert answer.status_code == 400
    assert "idProperty" in message(answer)


def test_an_email_that_another_contact_has_fails_its_row_only(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    create_property(hubspot, "ciam_user_id", hasUniqueValue=True)
    owner = contact_id(hubspot, "ann@example.com")

    answer = upsert(
        hubspot,
        row("u-1", by="ciam_user_id", trace="row-1", email="Ann@example.com"),
        row("u-2", by="ciam_user_id", trace="row-2", email="bob@example.com"),
    )

    assert answer.status_code == 207
    body = answer.json()
    assert [one["objectWriteTraceId"] for one in body["results"]] == ["row-2"]
    assert body["numErrors"] == 1
    error = body["errors"][0]
    assert error["category"] == "CONFLICT"
    assert error["message"] == f"Contact already exists. Existing ID: {owner}"
    assert error["context"] == {"objectWriteTraceId": ["row-1"], "ids": ["u-1"]}
    assert sorted(people(sandbox)) == ["ann@example.com", "bob@example.com"]


def test_without_trace_ids_one_bad_row_fails_the_whole_batch(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    good, bad = row("ann@example.com", firstname="Ann"), row("bob@example.com", shoe_size="44")

    answer = upsert(hubspot, good, bad)

    assert answer.status_code == 400
    assert people(sandbox) == {}


def test_an_unknown_property_is_named_in_the_message(hubspot: httpx.Client) -> None:
    answer = upsert(hubspot, row("ann@example.com", shoe_size="44", firstname="Ann"))

    embedded = json.loads(message(answer).split(": ", 1)[1])
    assert [(one["error"], one["name"]) for one in embedded] == [("PROPERTY_DOESNT_EXIST", "shoe_size")]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("email", "not-an-address", "INVALID_EMAIL"),
        ("hs_language", "klingon", "INVALID_OPTION"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("visits", "many", "INVALID_NUMBER"),
        ("vip", "yes", "INVALID_BOOL"),
        ("born", "yesterday", "INVALID_DATE"),
        ("interests", "sailing;chess", "INVALID_OPTION"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    hubspot: httpx.Client, name: str, value: str, code: str
) -> None:
    choice = [{"label": "Sailing", "value": "sailing"}]
    create_property(hubspot, "visits", type="number", fieldType="number")
    create_property(hubspot, "vip", type="bool", fieldType="booleancheckbox")
    create_property(hubspot, "born", type="date", fieldType="date")
    create_property(hubspot, "interests", type="enumeration", fieldType="checkbox", options=choice)

    answer = hubspot.post(CONTACTS, json={"properties": {name: value}})

    assert answer.status_code == 400
    assert code in message(answer)


def test_values_of_the_right_kind_are_taken(hubspot: httpx.Client) -> None:
    create_property(hubspot, "visits", type="number", fieldType="number")
    create_property(hubspot, "vip", type="bool", fieldType="booleancheckbox")
    create_property(hubspot, "born", type="date", fieldType="date")

    values = {"visits": "-4.5", "vip": "true", "born": "1990-02-28", "hs_language": "de-ch"}

    assert upsert(hubspot, row("ann@example.com", **values)).status_code == 200
    assert upsert(hubspot, row("bob@example.com", born="635040000000")).status_code == 200


def test_the_same_id_twice_in_a_batch_is_refused(hubspot: httpx.Client) -> None:
    answer = upsert(hubspot, row("ann@example.com", trace="1"), row("ANN@example.com", trace="2"))

    assert answer.status_code == 400
    assert "Duplicate" in message(answer)


def test_a_lifecycle_stage_moves_only_forward_until_it_is_cleared(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    for stage in ("customer", "lead"):
        assert upsert(hubspot, row("ann@example.com", lifecyclestage=stage)).status_code == 200
    assert people(sandbox)["ann@example.com"]["lifecyclestage"] == "customer"

    for stage in ("", "lead"):
        upsert(hubspot, row("ann@example.com", lifecyclestage=stage))
    assert people(sandbox)["ann@example.com"]["lifecyclestage"] == "lead"


def test_many_workers_at_once_make_one_contact(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    def push(number: int) -> bool:
        answer = upsert(hubspot, row("ann@example.com", firstname=f"Ann {number}"))
        return bool(answer.json()["results"][0]["new"])

    with ThreadPoolExecutor(8) as workers:
        new = list(workers.map(push, range(40)))

    assert new.count(True) == 1
    assert len(sandbox.state("hubspot")["contacts"]) == 1
    assert len(sandbox.requests("hubspot")) == 40
