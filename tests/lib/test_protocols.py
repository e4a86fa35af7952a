"""The shorter way of protocols."""

import pytest
from django.test import Client

from tests.provisioning.scim.door import BASE


def test_an_answer_to_a_program_is_nothing_to_be_shown(client: Client, db: None) -> None:
    response = client.get(f"{BASE}/Users")

    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    assert int(response["Content-Length"]) == len(response.content)
    assert not response.cookies


@pytest.mark.parametrize("place", [f"{BASE}/Users", "/health/live"])
def test_a_foreign_host_is_refused_at_each_door(client: Client, place: str) -> None:
    response = client.get(place, headers={"host": "elsewhere.example"})

    assert response.status_code == 400


def test_pages_go_their_own_way(client: Client, db: None) -> None:
    response = client.get("/sign-in/nobody/")

    assert "form-action" in response["Content-Security-Policy"]
