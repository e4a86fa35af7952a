import httpx

from tests.sandbox.hubspot_calls import (
    CONTACTS,
    contact_id,
    create_property,
    message,
    row,
    set_status,
    upsert,
)
from tests.sandbox.running import RunningSandbox


def test_a_contact_is_created_read_changed_and_listed(hubspot: httpx.Client) -> None:
    number = contact_id(hubspot, "ann@example.com", city="Bern")

    changed = hubspot.patch(
        f"{CONTACTS}/Ann@example.com?idProperty=email", json={"properties": {"city": "Basel"}}
    )
    read = hubspot.get(f"{CONTACTS}/{number}?properties=city,country")

    assert changed.status_code == 200
    assert read.json()["properties"]["city"] == "Basel"
    assert read.json()["properties"]["country"] is None
    assert read.json()["properties"]["hs_object_id"] == number
    assert [one["id"] for one in hubspot.get(CONTACTS).json()["results"]] == [number]


def test_a_second_contact_with_the_same_email_is_a_conflict(hubspot: httpx.Client) -> None:
    number = contact_id(hubspot, "ann@example.com")
    other = contact_id(hubspot, "bob@example.com")

    created = hubspot.post(CONTACTS, json={"properties": {"email": "ANN@example.com"}})
    renamed = hubspot.patch(f"{CONTACTS}/{other}", json={"properties": {"email": "ann@example.com"}})

    for answer in (created, renamed):
        assert answer.status_code == 409
        assert answer.json()["category"] == "CONFLICT"
        assert message(answer) == f"Contact already exists. Existing ID: {number}"


def test_a_contact_that_is_not_there_is_not_found(hubspot: httpx.Client) -> None:
    answers = [
        hubspot.get(f"{CONTACTS}/999"),
        hubspot.patch(f"{CONTACTS}/999", json={"properties": {"city": "Bern"}}),
        hubspot.delete(f"{CONTACTS}/999"),
        hubspot.post(f"{CONTACTS}/gdpr-delete", json={"objectId": "999"}),
    ]

    assert [one.status_code for one in answers] == [404] * 4


def test_an_archived_contact_is_gone_but_not_lost(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    number = contact_id(hubspot, "ann@example.com")

    assert hubspot.delete(f"{CONTACTS}/{number}").status_code == 204
    assert hubspot.delete(f"{CONTACTS}/{number}").status_code == 204

    assert hubspot.get(f"{CONTACTS}/{number}").status_code == 404
    assert hubspot.get(f"{CONTACTS}/{number}?archived=true").json()["archived"] is True
    assert sandbox.state("hubspot")["contacts"][0]["archived"] is True
    again = upsert(hubspot, row("ann@example.com", firstname="Ann")).json()["results"][0]
    assert again["new"] is True
    assert again["id"] != number


def test_a_batch_archive_passes_over_ids_that_are_not_there(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    number = contact_id(hubspot, "ann@example.com")

    answer = hubspot.post(f"{CONTACTS}/batch/archive", json={"inputs": [{"id": number}, {"id": "999"}]})

    assert answer.status_code == 204
    assert answer.content == b""
    assert [one["archived"] for one in sandbox.state("hubspot")["contacts"]] == [True]


def test_a_privacy_deletion_by_id_leaves_nothing_of_the_person(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    number = contact_id(hubspot, "ann@example.com")
    set_status(hubspot, "ann@example.com", "SUBSCRIBED")

    for _ in range(2):
        assert hubspot.post(f"{CONTACTS}/gdpr-delete", json={"objectId": number}).status_code == 204

    state = sandbox.state("hubspot")
    assert state["gdpr_deleted"] == [number]
    assert "ann@example.com" not in str(state)
    assert contact_id(hubspot, "ann@example.com") != number


def test_an_archived_contact_can_be_erased(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    number = contact_id(hubspot, "ann@example.com")
    hubspot.delete(f"{CONTACTS}/{number}")

    hubspot.post(f"{CONTACTS}/gdpr-delete", json={"objectId": number})

    assert sandbox.state("hubspot")["contacts"] == []


def test_a_privacy_deletion_of_an_unknown_email_blocks_it(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    erase = {"objectId": "Ann@example.com", "idProperty": "email"}

    assert hubspot.post(f"{CONTACTS}/gdpr-delete", json=erase).status_code == 204
    refused = upsert(hubspot, row("ann@example.com", firstname="Ann"))

    assert sandbox.state("hubspot")["blocklist"] == ["ann@example.com"]
    assert refused.status_code == 400
    assert "blocklist" in message(refused)


def test_a_batch_read_tells_which_are_missing(hubspot: httpx.Client) -> None:
    contact_id(hubspot, "ann@example.com", city="Bern")
    wanted = {
        "idProperty": "email",
        "properties": ["city"],
        "inputs": [{"id": "ann@example.com"}, {"id": "no@b.co"}],
    }

    answer = hubspot.post(f"{CONTACTS}/batch/read", json=wanted)

    assert answer.status_code == 207
    assert answer.json()["results"][0]["properties"]["city"] == "Bern"
    assert answer.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.json()["errors"][0]["context"] == {"ids": ["no@b.co"]}


def test_a_merge_keeps_the_first_contact_and_both_addresses(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    first = contact_id(hubspot, "ann@example.com", city="Bern")
    second = contact_id(hubspot, "ann@old.example", city="Basel", country="CH")

    merge = {"primaryObjectId": first, "objectIdToMerge": second}
    merged = hubspot.post(f"{CONTACTS}/merge", json=merge)

    assert merged.json()["properties"]["hs_additional_emails"] == "ann@old.example"
    assert hubspot.get(f"{CONTACTS}/{second}").json()["id"] == first
    assert hubspot.get(f"{CONTACTS}/ann@old.example?idProperty=email").json()["id"] == first
    kept = sandbox.state("hubspot")["contacts"][0]["properties"]
    assert kept == {"email": "ann@example.com", "city": "Bern", "country": "CH"}
    assert hubspot.post(CONTACTS, json={"properties": {"email": "ann@old.example"}}).status_code == 409
    assert hubspot.post(f"{CONTACTS}/merge", json=merge).status_code == 400


def test_a_list_goes_on_page_by_page(hubspot: httpx.Client) -> None:
    numbers = [contact_id(hubspot, f"p{number}@example.com") for number in range(5)]

    seen: list[str] = []
    after: str | None = "0"
    while after:
        page = hubspot.get(CONTACTS, params={"limit": "2", "after": after}).json()
        seen += [one["id"] for one in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")

    assert seen == numbers


def test_a_search_joins_groups_by_or_and_filters_by_and(hubspot: httpx.Client) -> None:
    create_property(hubspot, "points", type="number", fieldType="number")
    for name, city, points in (("ann", "Bern", "9"), ("bob", "Bern", "100"), ("cleo", "Basel", "")):
        contact_id(hubspot, f"{name}@example.com", firstname=name, city=city, points=points)

    def found(*groups: list[dict[str, object]], **more: object) -> list[str]:
        body = {"filterGroups": [{"filters": group} for group in groups], **more}
        answer = hubspot.post(f"{CONTACTS}/search", json=body)
        assert answer.status_code == 200, answer.text
        return [one["properties"]["firstname"] for one in answer.json()["results"]]

    bern: dict[str, object] = {"propertyName": "city", "operator": "EQ", "value": "bern"}
    many: dict[str, object] = {"propertyName": "points", "operator": "GT", "value": "10"}
    none: dict[str, object] = {"propertyName": "points", "operator": "NOT_HAS_PROPERTY"}
    token: dict[str, object] = {"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "cleo"}
    either: dict[str, object] = {"propertyName": "city", "operator": "IN", "values": ["basel", "chur"]}
    between: dict[str, object] = {
        "propertyName": "points",
        "operator": "BETWEEN",
        "value": "5",
        "highValue": "20",
    }

    assert found([bern, many]) == ["bob"]
    assert found([many], [none]) == ["bob", "cleo"]
    assert found([token]) == found([either]) == ["cleo"]
    assert found([between]) == ["ann"]
    assert found(query="ANN") == ["ann"]
    assert found(sorts=[{"propertyName": "firstname", "direction": "DESCENDING"}]) == ["cleo", "bob", "ann"]
    assert found(limit=1, after="1") == ["bob"]
