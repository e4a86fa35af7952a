"""The Mixpanel calls that many tests make, in one line each."""

import json
import time
from typing import Any

import httpx

from tests.sandbox.running import RunningSandbox

SIMPLIFIED, ORIGINAL = ("3001", "sandbox-simplified"), ("3002", "sandbox-original")
ACCOUNT = ("a-service-account", "its-secret")
GDPR = {"Authorization": "Bearer gdpr-token"}
DELETIONS = "/api/app/data-deletions/v3.0/"


def client(sandbox: RunningSandbox) -> httpx.Client:
    return httpx.Client(base_url=sandbox.base_url("mixpanel"), timeout=30)


def event(distinct_id: str = "u-1", insert_id: str = "i-1", **properties: object) -> dict[str, Any]:
    told = {"time": int(time.time()), "distinct_id": distinct_id, "$insert_id": insert_id}
    return {"event": "Signed up", "properties": {**told, **properties}}


def send(http: httpx.Client, *rows: dict[str, Any], project: str = "3001") -> httpx.Response:
    path = f"/import?strict=1&project_id={project}"
    return http.post(path, json=list(rows), auth=ACCOUNT)


def change(distinct_id: str, token: str = "sandbox-simplified", **operation: object) -> dict[str, Any]:
    return {
        "$token": token,
        "$distinct_id": distinct_id,
        "$ip": "0",
        **{f"${name}": one for name, one in operation.items()},
    }


def engage(http: httpx.Client, *rows: dict[str, Any]) -> httpx.Response:
    return http.post("/engage?verbose=1&strict=1", json=list(rows))


def query(http: httpx.Client, *ids: str, names: tuple[str, ...] = (), page: int = 0) -> httpx.Response:
    form = {"distinct_ids": json.dumps(ids), "output_properties": json.dumps(names), "page": str(page)}
    return http.post("/api/query/engage?project_id=3001", data=form, auth=ACCOUNT)


def track(http: httpx.Client, *rows: dict[str, Any]) -> httpx.Response:
    return http.post("/track?verbose=1", data={"data": json.dumps(rows)})


def identify(user: str, anonymous: str, token: str = "sandbox-original") -> dict[str, Any]:
    return {
        "event": "$identify",
        "properties": {"$identified_id": user, "$anon_id": anonymous, "token": token},
    }


def ask_deletion(http: httpx.Client, *ids: str, token: str = "sandbox-simplified") -> httpx.Response:
    body = {"distinct_ids": list(ids), "compliance_type": "GDPR"}
    return http.post(f"{DELETIONS}?token={token}", json=body, headers=GDPR)
