"""The Salesforce calls that many tests make, in one line each."""

from typing import Any

import httpx

API = "/services/data/v68.0"
OUR_ID = "CIAM_Id__c"
TOKEN = "/salesforce/services/oauth2/token"
APP = {"grant_type": "client_credentials", "client_id": "a-key", "client_secret": "a-secret"}
ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}


def row(our_id: str, sobject: str = "Contact", **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": sobject}, OUR_ID: our_id, "LastName": "Doe", **values}


def upsert(
    client: httpx.Client, *rows: dict[str, Any], sobject: str = "Contact", **headers: str
) -> httpx.Response:
    body = {"allOrNone": False, "records": list(rows)}
    path = f"{API}/composite/sobjects/{sobject}/{OUR_ID}"
    return client.patch(path, json=body, headers=headers)


def saved(client: httpx.Client, our_id: str, sobject: str = "Contact", **values: Any) -> str:
    """The id of a record made for this external id."""
    one = upsert(client, row(our_id, sobject, **values), sobject=sobject).json()[0]
    assert one["success"], one
    return str(one["id"])


def update(client: httpx.Client, *rows: dict[str, Any]) -> httpx.Response:
    records = [{"attributes": {"type": "Contact"}, **one} for one in rows]
    return client.patch(f"{API}/composite/sobjects", json={"allOrNone": False, "records": records})


def delete(client: httpx.Client, *ids: str) -> httpx.Response:
    asked = {"ids": ",".join(ids), "allOrNone": "false"}
    return client.delete(f"{API}/composite/sobjects", params=asked)


def query(client: httpx.Client, soql: str) -> httpx.Response:
    return client.get(f"{API}/query", params={"q": soql})


def codes(answer: httpx.Response) -> list[str]:
    """For each row its error, empty where it was saved."""
    return ["".join(error["statusCode"] for error in one["errors"]) for one in answer.json()]


def error(answer: httpx.Response) -> tuple[int, str]:
    """Of a whole request."""
    return answer.status_code, str(answer.json()[0]["errorCode"])
