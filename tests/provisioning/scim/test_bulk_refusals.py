"""Bulk requests that are none: refused as a whole, before anything is done."""

import json
from typing import Any

import pytest

from accounts.models import Account
from provisioning.scim import bulk
from tests.provisioning.scim.door import ERROR, PATCH, Site
from tests.provisioning.scim.test_bulk import REQUEST, a_group, a_user, statuses

ENVELOPES: list[tuple[Any, int]] = [
    ({}, 400),
    ({"schemas": [REQUEST]}, 400),
    ({"schemas": [REQUEST], "Operations": {}}, 400),
    ({"schemas": [REQUEST], "Operations": []}, 400),
    ({"schemas": [PATCH], "Operations": [a_user("ada")]}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada")], "failOnErrors": 0}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada")], "failOnErrors": True}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada")], "failOnErrors": "1"}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada")], "failonerror": 1}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada") | {"bulkId": "\ud800"}]}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada") | {"path": "/Users\0"}]}, 400),
    ({"schemas": [REQUEST], "Operations": [a_user("ada") | {"bulkId": "x" * 4_001}]}, 400),
    ({"schemas": [REQUEST], "Operations": [a_group("one", *["x"] * 1_001)]}, 400),
    ({"schemas": [REQUEST], "Operations": [{}] * 501}, 413),
    ({"schemas": [REQUEST], "Operations": [{}] * 10_000}, 413),
    ({"schemas": [REQUEST], "Operations": [a_user("x" * 2_000)] * 500}, 413),
]


@pytest.mark.parametrize(("body", "status"), ENVELOPES, ids=lambda value: repr(value)[:70])
def test_a_request_that_is_none_is_refused_as_a_whole_and_at_once(
    catalogue: Site, body: Any, status: int
) -> None:
    text = json.dumps(body)
    catalogue.get("/Schemas")

    answer = catalogue.raw("POST", "/Bulk", text)

    assert answer.status_code == status, answer.content
    assert answer.json()["schemas"] == [ERROR]
    assert not Account.objects.exists()


ENDLESS = ["[" * 1_000_000, '{"Operations":' * 50_000, '{"Operations": [' + "[" * 900 + "]" * 900 + "]}"]


@pytest.mark.parametrize("body", ENDLESS, ids=["lists", "objects", "in an operation"])
def test_deep_json_is_refused(catalogue: Site, body: str) -> None:
    assert catalogue.raw("POST", "/Bulk", body).status_code == 400


def test_data_without_end_fails_alone(catalogue: Site) -> None:
    deep = '{"value":' * 400 + "1" + "}" * 400
    operation = f'{{"method": "POST", "path": "/Users", "bulkId": "x", "data": {deep}}}'

    answer = catalogue.raw("POST", "/Bulk", f'{{"schemas": ["{REQUEST}"], "Operations": [{operation}]}}')

    assert statuses(answer.json()["Operations"]) == ["400"]


def test_bulk_is_published_with_its_limits(catalogue: Site) -> None:
    published = catalogue.get("/ServiceProviderConfig").json()["bulk"]

    assert published == {"supported": True, "maxOperations": 500, "maxPayloadSize": 1_048_576}


def test_what_its_time_is_too_short_for_is_told_and_not_done(
    catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "LONGEST_RUN_S", 0.0)

    answer = catalogue.call("POST", "/Bulk", {"schemas": [REQUEST], "Operations": [a_user("1"), a_user("2")]})

    assert answer.status_code == 200
    assert {one["status"] for one in answer.json()["Operations"]} == {"503"}
    assert not Account.objects.exists()
