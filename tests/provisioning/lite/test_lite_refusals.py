"""POST /api/v1/lite: what is refused, and how."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import Account
from ciam.lib.models import Counter
from ciam.lib.throttle import Limit
from provisioning.models import Website
from tests.provisioning.lite.visitor import (
    ACCEPTED,
    ADA,
    KEY,
    SHOP,
    Visitor,
    refused,
    said,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["", "unknown", None, 7, ["a"], "\0", "\ud800", "x" * 5_000])
def test_only_a_key_of_a_form_opens_the_door(visitor: Visitor, key: object) -> None:
    assert refused(visitor.fetches(key=key)) == (403, "unknown_key")


def test_a_website_that_is_switched_off_has_no_form(visitor: Visitor, website: Website) -> None:
    Website.objects.update(is_active=False)

    assert refused(visitor.fetches()) == (403, "unknown_key")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://shop.example", f"{SHOP}:8443"])
def test_a_form_on_a_foreign_website_is_refused(visitor: Visitor, origin: str) -> None:
    visitor.origin = origin

    answer = visitor.fetches()

    assert refused(answer) == (403, "origin_refused")
    assert "Access-Control-Allow-Origin" not in answer


def test_the_websites_scripts_may_read_the_answer_and_no_cookie_counts(visitor: Visitor) -> None:
    preflight = visitor.raw("", method="OPTIONS", **{"Access-Control-Request-Method": "POST"})
    answer = visitor.fetches()

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Methods"] == "POST"
    assert preflight["Access-Control-Allow-Headers"] == "Content-Type"
    for response in (preflight, answer):
        assert response["Access-Control-Allow-Origin"] == SHOP
        assert "Access-Control-Allow-Credentials" not in response
        assert "Origin" in response["Vary"]
    assert not answer.cookies


def test_others_scripts_get_nothing_from_the_preflight(visitor: Visitor) -> None:
    visitor.origin = "https://evil.example"

    answer = visitor.raw("", method="OPTIONS", **{"Access-Control-Request-Method": "POST"})

    assert "Access-Control-Allow-Origin" not in answer


def test_mistakes_are_told_field_by_field_and_nothing_is_kept(visitor: Visitor) -> None:
    answer = visitor.fetches(
        email="ada@",
        family_name="Lovelace",
        interests=[{"a": "b"}],
        consents=[{"purpose": "newsletter", "version": "one"}, {"version": 1}, "x"],
    )

    assert refused(answer) == (400, "invalid_fields")
    assert set(answer.json()["fields"]) >= {
        "family_name",
        "interests",
        "consents.0.version",
        "consents.1.purpose",
    }
    assert refused(visitor.fetches(email="ada@")) == (400, "invalid_fields")
    assert refused(visitor.fetches(email="")) == (400, "invalid_fields")
    assert refused(visitor.fetches(email=[ADA, "bob@example.com"])) == (400, "invalid_fields")
    assert refused(visitor.fetches(consents=[{"purpose": "unheard-of"}])) == (400, "invalid_fields")
    assert refused(visitor.fetches(consents=[{"purpose": "terms"}] * 2)) == (400, "invalid_fields")
    assert refused(visitor.fetches(consents=[{"purpose": "terms"}] * 21)) == (400, "invalid_fields")
    assert not Account.objects.exists()


DEEP = "[" * 15_000 + "]" * 15_000
BODIES: Mapping[str, tuple[str | bytes, str, int]] = {
    "no JSON": ("{", "application/json", 400),
    "a list": ("[]", "application/json", 400),
    "nothing": ("", "application/json", 403),
    "deep": (DEEP, "application/json", 400),
    "deep inside": (f'{{"key": "{KEY}", "email": {DEEP}}}', "application/json", 400),
    "NaN": ('{"key": NaN}', "application/json", 400),
    "a long number": ('{"key": ' + "9" * 20_000 + "}", "application/json", 400),
    "no UTF-8": (b'{"key": "\xff\xfe"}', "application/json", 400),
    "odd charset": ("{}", "application/json; charset=bz2_codec", 400),
    "too large": (json.dumps({"key": KEY, "x": "y" * 40_000}), "application/json", 413),
    "a large form": (f"key={KEY}&x={'y' * 40_000}", "application/x-www-form-urlencoded", 413),
    "many fields": ("&".join(f"f{n}=1" for n in range(2_000)), "application/x-www-form-urlencoded", 400),
    "broken multipart": ("--x\r\nnonsense", "multipart/form-data; boundary=x", 403),
    "no boundary": ("x", "multipart/form-data", 400),
    "XML": ("<a/>", "application/xml", 415),
    "no type": ("{}", "", 415),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_odd_body_is_the_senders_mistake(visitor: Visitor, name: str) -> None:
    body, type, status = BODIES[name]

    answer = visitor.raw(body, type)

    assert refused(answer)[0] == status


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\0", "\ud800", "\u202e", "x" * 5_000, ADA, "newsletter", "newsletter 1 en x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = ["email", "phone", "given_name", "interests", "source", "consents", "purpose", "surface", "return_to"]


@given(fields=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=5), consents=st.lists(ODD, max_size=3))
def test_whatever_is_in_the_fields_no_answer_is_a_failure(
    visitor: Visitor, fields: dict[str, object], consents: list[object]
) -> None:
    Counter.objects.all().delete()
    sent = {"consents": [*consents, {"purpose": "newsletter", **fields}], **fields}

    answer = visitor.fetches(**sent)

    assert answer.status_code in {202, 400, 413}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_in_the_same_form(visitor: Visitor, method: str) -> None:
    assert refused(visitor.raw("", method=method)) == (405, "method_not_allowed")


def closes_after(send: Any, most: int) -> Any:
    """The first answer past the limit."""
    for _number in range(most):
        assert send().status_code == 202
    answer = send()
    assert refused(answer) == (429, "too_many_requests")
    assert int(answer["Retry-After"]) > 0
    return answer


def test_a_network_may_send_twenty_an_hour_and_half_of_ipv6_is_one_network(visitor: Visitor) -> None:
    numbers = iter(range(100))

    def from_somewhere_in_the_house() -> Any:
        number = next(numbers)
        visitor.address = f"2001:db8:1:2::{number}"
        return visitor.fetches(email=f"visitor{number}@example.com")

    closes_after(from_somewhere_in_the_house, 20)
    visitor.address = "2001:db8:1:3::1"
    assert visitor.fetches().status_code == 202


def test_one_mailbox_is_spoken_of_ten_times_an_hour_whatever_its_tags(visitor: Visitor) -> None:
    numbers = iter(range(100))

    def from_anywhere() -> Any:
        number = next(numbers)
        visitor.address = f"198.51.100.{number}"
        return visitor.fetches(email=f"ada+{number}@example.com")

    closes_after(from_anywhere, 10)
    assert visitor.fetches(email="bob@example.com").status_code == 202


def test_a_website_has_its_limit_too(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.lite_door.PER_WEBSITE", Limit("few", 3, 3_600))
    numbers = iter(range(100))

    def somebody() -> Any:
        number = next(numbers)
        visitor.address = f"203.0.113.{number}"
        return visitor.fetches(email=f"visitor{number}@example.com")

    closes_after(somebody, 3)


class ProofOfTea:
    """What an installation might ask."""

    def verify(self, sent: Mapping[str, object], network: str) -> bool:
        return sent.get("tea") == "Earl Grey" and network == "192.0.2.1"


def test_a_challenge_of_the_installations_choice_is_asked_first(visitor: Visitor, settings: Settings) -> None:
    settings.LITE_FORM_CHALLENGE = f"{__name__}.ProofOfTea"

    assert refused(visitor.fetches()) == (400, "challenge_failed")
    assert not Account.objects.exists()
    assert said(visitor.fetches(tea="Earl Grey")) == ACCEPTED
