"""GET /api/v1/purposes: the wording that a website shows."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoAssertNumQueries

from consent.models import ConsentRecord, Decision, PurposeVersion, text_hash
from provisioning.models import Scope
from tests.people import NEWSLETTER_TEXT, TERMS_TEXT, Kaffeehaus
from tests.provisioning.scim.door import Site, site, user


def ask(place: Site, query: str = "") -> tuple[int, dict[str, list[dict[str, object]]]]:
    headers = {"Authorization": f"Bearer {place.token}"}
    response = Client().get(f"/api/v1/purposes{query}", headers=headers)
    return response.status_code, response.json()


@pytest.mark.usefixtures("teahouse")
def test_a_website_gets_its_brands_wording_and_the_hash_to_send_back(catalogue: Site) -> None:
    status, body = ask(catalogue)

    assert status == 200
    assert body == {
        "purposes": [
            {
                "key": "terms",
                "version": 1,
                "locale": "en",
                "title": "Terms",
                "text": TERMS_TEXT,
                "text_hash": text_hash(TERMS_TEXT),
                "required": True,
            },
            {
                "key": "newsletter",
                "version": 1,
                "locale": "en",
                "title": "Newsletter",
                "text": NEWSLETTER_TEXT,
                "text_hash": text_hash(NEWSLETTER_TEXT),
                "required": False,
            },
        ]
    }


def test_the_latest_version_comes_in_the_readers_language(shop: Kaffeehaus, catalogue: Site) -> None:
    PurposeVersion.objects.create(
        purpose=shop.newsletter.purpose,
        number=2,
        titles={"en": "Newsletter", "de": "Rundbrief"},
        texts={"en": "Mail", "de": "Post"},
        published_at=timezone.now(),
    )

    for locale, shown in (("de", "Post"), ("de-AT", "Post"), ("fr", "Mail"), ("\x00", "Mail"), ("", "Mail")):
        _status, body = ask(catalogue, f"?locale={locale}")

        newsletter = body["purposes"][1]
        assert (newsletter["version"], newsletter["text"]) == (2, shown)


def test_what_was_shown_proves_the_answer(catalogue: Site) -> None:
    shown = ask(catalogue)[1]["purposes"][1]
    answer = {
        "purpose": shown["key"],
        "decision": "given",
        "version": shown["version"],
        "textHash": shown["text_hash"],
        "locale": shown["locale"],
        "at": timezone.now().isoformat(),
        "surface": "https://shop.example/",
    }

    catalogue.post(user(consents=[answer]))

    assert ConsentRecord.objects.get().decision == Decision.GIVEN


def test_only_a_token_that_may_read_gets_it(shop: Kaffeehaus, catalogue: Site) -> None:
    stranger = Client().get("/api/v1/purposes")
    wrong = Client().get("/api/v1/purposes", headers={"Authorization": "Bearer nonsense"})
    writer = site(shop.brand, "writer", [Scope.CREATE])

    assert (stranger.status_code, stranger["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (
        401,
        'Bearer realm="api", error="invalid_token"',
    )
    assert ask(writer)[0] == 403
    assert ask(catalogue)[0] == 200


def test_the_wording_costs_two_queries(
    catalogue: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        ask(catalogue)


def test_the_api_description_tells_how_to_ask() -> None:
    generator: Any = SchemaGenerator
    schema = generator(urlconf="provisioning.urls").get_schema(request=None, public=True)

    operation = schema["paths"]["/api/v1/purposes"]["get"]
    assert operation["security"] == [{"websiteToken": []}]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["locale"]
    assert schema["components"]["securitySchemes"]["websiteToken"]["scheme"] == "bearer"
    assert "text_hash" in schema["components"]["schemas"]["Purpose"]["properties"]
