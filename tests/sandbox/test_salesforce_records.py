import httpx
import pytest

from demo.sandbox.salesforce import Salesforce
from tests.sandbox.running import RunningSandbox
from tests.sandbox.salesforce_calls import (
    ALLOW,
    API,
    APP,
    OUR_ID,
    codes,
    delete,
    error,
    query,
    row,
    saved,
    update,
    upsert,
)


def contacts(sandbox: RunningSandbox) -> dict[str, dict[str, object]]:
    """Live contacts by our id."""
    return {one[OUR_ID]: one for one in sandbox.state("salesforce")["Contact"]}


def test_an_upsert_makes_a_record_and_then_changes_it(
    sandbox: RunningSandbox, salesforce: httpx.Client
) -> None:
    first = upsert(salesforce, row("u-1", Email="ann@example.com")).json()[0]
    second = upsert(salesforce, row("u-1", Email="ann@new.example")).json()[0]

    assert (first["created"], second["created"]) == (True, False)
    assert first["id"] == second["id"]
    assert len(first["id"]) == 18
    assert contacts(sandbox)["u-1"]["Email"] == "ann@new.example"
    assert sandbox.violations() == []


def test_rows_are_answered_in_their_order_each_by_itself(
    sandbox: RunningSandbox, salesforce: httpx.Client
) -> None:
    answer = upsert(
        salesforce,
        row("u-1"),
        row("u-2", LastName=None),
        row("u-3", Email="nobody"),
        row("u-4", FirstName="A" * 41),
        row("u-5"),
    )

    assert answer.status_code == 200
    expected = ["", "REQUIRED_FIELD_MISSING", "INVALID_EMAIL_ADDRESS", "STRING_TOO_LONG", ""]
    assert codes(answer) == expected
    assert answer.json()[1]["errors"][0]["fields"] == ["LastName"]
    assert sorted(contacts(sandbox)) == ["u-1", "u-5"]


def test_null_clears_and_what_is_not_said_stays(sandbox: RunningSandbox, salesforce: httpx.Client) -> None:
    saved(salesforce, "u-1", Email="ann@example.com", Title="Baker")

    upsert(salesforce, row("u-1", Email=None))

    assert contacts(sandbox)["u-1"].keys() == {"type", "Id", "is_deleted", OUR_ID, "LastName", "Title"}


def test_the_same_external_id_twice_in_a_call_fails_both_rows(salesforce: httpx.Client) -> None:
    answer = upsert(salesforce, row("u-1"), row("u-1"), row("u-2"))

    assert codes(answer) == ["DUPLICATE_VALUE", "DUPLICATE_VALUE", ""]


def test_more_than_two_hundred_rows_are_refused(salesforce: httpx.Client) -> None:
    rows = [row(f"u-{number}") for number in range(201)]

    assert upsert(salesforce, *rows[:200]).status_code == 200
    assert upsert(salesforce, *rows).status_code == 400


@pytest.mark.parametrize(
    ("path", "record", "expected"),
    [
        (f"Contact/{OUR_ID}", row("u-1", Shoe__c="44"), (400, "INVALID_FIELD")),
        (f"Contact/{OUR_ID}", row("u-1", "Lead"), (400, "INVALID_TYPE")),
        (f"Contact/{OUR_ID}", {**row("u-1"), "Id": "003000000000001AAA"}, (400, "JSON_PARSER_ERROR")),
        (f"Contact/{OUR_ID}", {"LastName": "Doe"}, (400, "JSON_PARSER_ERROR")),
        ("Contact/Email", row("u-1"), (404, "NOT_FOUND")),
        (f"Shoe__c/{OUR_ID}", row("u-1", "Shoe__c"), (404, "NOT_FOUND")),
    ],
)
def test_what_is_wrong_with_all_fails_the_request(
    salesforce: httpx.Client, path: str, record: dict[str, object], expected: tuple[int, str]
) -> None:
    answer = salesforce.patch(f"{API}/composite/sobjects/{path}", json={"records": [record]})

    assert error(answer) == expected


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"HasOptedOutOfEmail": "yes"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"FirstName": True}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"FirstName": 7}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"IndividualId": "me"}, "MALFORMED_ID"),
        ({"IndividualId": "0PK000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    salesforce: httpx.Client, values: dict[str, object], code: str
) -> None:
    assert codes(upsert(salesforce, row("u-1") | values)) == [code]


def test_a_lead_needs_a_company_and_a_consent_its_party(salesforce: httpx.Client) -> None:
    assert codes(upsert(salesforce, row("u-1", "Lead"), sobject="Lead")) == ["REQUIRED_FIELD_MISSING"]

    party = saved(salesforce, "u-1", "Individual")
    consent = {
        "attributes": {"type": "ContactPointTypeConsent"},
        OUR_ID: "u-1",
        "Name": "newsletter",
        "PartyId": party,
        "ContactPointType": "Email",
        "PrivacyConsentStatus": "OptIn",
        "CaptureContactPointType": "Web",
        "CaptureDate": "2026-11-22T10:00:00.000+0000",
        "CaptureSource": "the shop",
    }
    said = "ContactPointTypeConsent"
    assert codes(upsert(salesforce, consent, sobject=said)) == [""]
    odd = {**consent, "PrivacyConsentStatus": "Perhaps"}
    assert codes(upsert(salesforce, odd, sobject=said)) == ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]


@pytest.mark.parametrize(
    "alike", [{"Email": "ANN@example.com"}, {"FirstName": "Ann", "LastName": "Doe"}], ids=["address", "name"]
)
def test_the_duplicate_rule_warns_and_can_be_passed_over(
    sandbox: RunningSandbox, salesforce: httpx.Client, alike: dict[str, str]
) -> None:
    saved(salesforce, "u-1", FirstName="Ann", Email="ann@example.com")

    assert codes(upsert(salesforce, row("u-2", **alike))) == ["DUPLICATES_DETECTED"]
    assert codes(upsert(salesforce, row("u-2", **alike), **ALLOW)) == [""]
    assert sorted(contacts(sandbox)) == ["u-1", "u-2"]


def test_a_rule_that_blocks_cannot_be_passed_over() -> None:
    with RunningSandbox([lambda: Salesforce(blocks_duplicates=True)]) as sandbox:
        url = sandbox.base_url("salesforce")
        token = httpx.post(f"{url}/services/oauth2/token", data=APP).json()["access_token"]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
            saved(client, "u-1", Email="ann@example.com")

            refused = upsert(client, row("u-2", Email="ann@example.com"), **ALLOW)

        assert codes(refused) == ["DUPLICATES_DETECTED"]


def test_an_update_is_by_id_and_makes_nothing(sandbox: RunningSandbox, salesforce: httpx.Client) -> None:
    record_id = saved(salesforce, "u-1")

    answer = update(
        salesforce, {"Id": record_id, "Title": "Baker"}, {"Id": "003000000000099AAA", "Title": "Cook"}
    )

    assert codes(answer) == ["", "INVALID_CROSS_REFERENCE_KEY"]
    assert [one["Title"] for one in contacts(sandbox).values()] == ["Baker"]


def test_an_external_id_belongs_to_one_record(salesforce: httpx.Client) -> None:
    first, _second = saved(salesforce, "u-1"), saved(salesforce, "u-2")

    answer = update(salesforce, {"Id": first, OUR_ID: "u-2"})

    assert codes(answer) == ["DUPLICATE_VALUE"]
    assert answer.json()[0]["errors"][0]["fields"] == [OUR_ID]


def test_what_is_deleted_lies_in_the_recycle_bin_and_is_found_no_more(
    sandbox: RunningSandbox, salesforce: httpx.Client
) -> None:
    record_id = saved(salesforce, "u-1", Email="ann@example.com")

    assert codes(delete(salesforce, record_id, "003000000000099AAA")) == ["", "INVALID_CROSS_REFERENCE_KEY"]
    assert codes(delete(salesforce, record_id)) == ["ENTITY_IS_DELETED"]

    assert [one["Email"] for one in sandbox.state("salesforce")["recycle_bin"]] == ["ann@example.com"]
    assert query(salesforce, "SELECT Id FROM Contact").json()["records"] == []
    assert saved(salesforce, "u-1", Email="ann@example.com") != record_id


def test_a_query_finds_by_texts_and_reads_escapes(salesforce: httpx.Client) -> None:
    saved(salesforce, "u-1", Email="Ann@example.com")
    saved(salesforce, "u-'2\\", FirstName="Bob")

    by_email = query(salesforce, "SELECT Id, Email FROM Contact WHERE Email = 'ANN@EXAMPLE.COM'").json()
    by_id = query(
        salesforce, f"SELECT FirstName,HasOptedOutOfEmail FROM Contact WHERE {OUR_ID} IN ('u-9','u-\\'2\\\\')"
    ).json()

    assert [one["Email"] for one in by_email["records"]] == ["Ann@example.com"]
    assert (by_id["totalSize"], by_id["done"]) == (1, True)
    assert by_id["records"][0]["FirstName"] == "Bob"
    assert by_id["records"][0]["HasOptedOutOfEmail"] is False
    assert query(salesforce, f"SELECT Id FROM Contact WHERE {OUR_ID} = 'U-1'").json()["records"] == []


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT Id FROM Contact WHERE Email = 'o'neil'", (400, "MALFORMED_QUERY")),
        ("SELECT Id FROM Contact WHERE Email IN ()", (400, "MALFORMED_QUERY")),
        ("SELECT Id FROM Contact WHERE Email = '\\q'", (400, "MALFORMED_QUERY")),
        ("DELETE FROM Contact", (400, "MALFORMED_QUERY")),
        ("SELECT Shoe__c FROM Contact", (400, "INVALID_FIELD")),
        ("SELECT Id FROM Shoe__c", (404, "NOT_FOUND")),
    ],
)
def test_a_query_that_is_none_is_refused(
    salesforce: httpx.Client, soql: str, expected: tuple[int, str]
) -> None:
    assert error(query(salesforce, soql)) == expected


def test_one_record_is_made_read_changed_and_deleted(salesforce: httpx.Client) -> None:
    by_our_id = f"{API}/sobjects/Contact/{OUR_ID}/u-1"

    made = salesforce.patch(by_our_id, json={"LastName": "Doe"})
    again = salesforce.patch(by_our_id, json={"FirstName": "Ann"})
    by_id = f"{API}/sobjects/Contact/{made.json()['id']}"

    assert (made.status_code, again.status_code) == (201, 200)
    assert error(salesforce.patch(by_our_id, json={OUR_ID: "u-1"})) == (400, "INVALID_FIELD")
    read = salesforce.get(by_our_id, params={"fields": "FirstName,LastName"}).json()
    assert (read["FirstName"], read["LastName"]) == ("Ann", "Doe")
    assert salesforce.patch(by_id, json={"Title": "Baker"}).status_code == 204
    assert salesforce.get(by_id).json()["Title"] == "Baker"
    assert salesforce.delete(by_id).status_code == 204
    assert error(salesforce.delete(by_id)) == (404, "ENTITY_IS_DELETED")
    assert error(salesforce.get(by_our_id)) == (404, "NOT_FOUND")
    assert error(salesforce.patch(by_our_id, params={"updateOnly": "true"}, json={"Title": "C"})) == (
        404,
        "NOT_FOUND",
    )


def test_a_scripted_row_error_picks_its_row(sandbox: RunningSandbox, salesforce: httpx.Client) -> None:
    body = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "locked"}
    sandbox.fault("salesforce", "row_errors", rows={"property": OUR_ID, "equals": "u-2"}, body=body)

    answer = upsert(salesforce, row("u-1"), row("u-2"))

    assert codes(answer) == ["", "UNABLE_TO_LOCK_ROW"]
