"""An app's access token at the SCIM door: as whom it comes, and what it may."""

from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.access import SCIM, SCIM_ME
from accounts.events import Actor
from accounts.models import Account, Event, Source
from auth_flows.models.client import forget_cached
from ciam.lib.keys import keyring
from provisioning.models import Scope
from provisioning.websites import authenticate
from tests.auth_flows.oidc.apps import CALLBACK, confidential, json_of, service
from tests.people import Kaffeehaus
from tests.provisioning.scim.apps import FOR_HERSELF, Scene, bearer, linked, own_token
from tests.provisioning.scim.door import Site, user


def test_a_services_token_acts_as_its_website(scene: Scene) -> None:
    created = scene.stock.post(user("bob@example.com", interests=["tea"]))

    assert created.status_code == 201
    assert scene.stock.get(f"/Users/{created.json()['id']}").status_code == 200
    bob = Account.objects.get(memberships=created.json()["id"])
    written = Event.objects.filter(account_id=bob.pk)
    assert {(event.actor_kind, event.actor_id) for event in written} == {
        ("website", str(scene.stock.website.pk))
    }


def test_it_may_what_its_website_lets_apps_do_and_no_more(scene: Scene) -> None:
    narrow = service(scene.brand, [SCIM])
    reader = linked(narrow, scene.brand, "reader", [Scope.READ])

    refused = reader.post(user("bob@example.com"))

    assert reader.get().status_code == 200
    assert refused.status_code == 403
    assert 'error="insufficient_scope", scope="create"' in refused["WWW-Authenticate"]


def test_another_brands_service_sees_its_own_brand_alone(scene: Scene, teahouse: Kaffeehaus) -> None:
    tea = linked(scene.stranger(teahouse.brand), teahouse.brand, "tea")
    member = scene.stock.post(user("bob@example.com") | {"externalId": "7"}).json()["id"]

    assert tea.get(f"/Users/{member}").status_code == 404
    assert tea.patch(member, {"op": "replace", "path": "active", "value": False}).status_code == 404
    assert tea.delete(member).status_code == 404
    assert tea.get().json()["totalResults"] == 0
    for text in ('userName eq "bob@example.com"', f'id eq "{member}"', 'externalId eq "7"'):
        assert tea.find(text) == []


def test_a_person_comes_as_herself_and_by_her_apps_website(scene: Scene) -> None:
    now = timezone.now()

    caller = authenticate(f"Bearer {scene.adas(scope='openid scim:me')}", now)

    assert (caller.website, caller.brand, caller.scopes) == (scene.club.website, scene.brand, frozenset())
    assert (caller.person, caller.actor) == (scene.ada.pk, Actor("customer", str(scene.ada.pk)))
    assert (caller.said(now).source, caller.said(now).by) == (Source.CUSTOMER, "")


def test_a_website_comes_as_a_website_by_either_token(scene: Scene, catalogue: Site) -> None:
    now = timezone.now()

    for place in (scene.stock, catalogue):
        caller = authenticate(f"Bearer {place.token}", now)

        key = str(place.website.pk)
        assert (caller.website, caller.scopes) == (place.website, frozenset(Scope))
        assert (caller.person, caller.actor) == (None, Actor("website", key))
        assert (caller.said(now).source, caller.said(now).by) == (Source.WEBSITE, key)


def test_no_sign_in_gives_a_person_the_scope_of_services(scene: Scene) -> None:
    greedy = confidential(scene.brand, scopes=[*FOR_HERSELF, SCIM])

    asked = Browser().get("/oauth/authorize", greedy.asks(scope="openid scim"))

    assert asked["Location"].startswith(f"{CALLBACK}?error=invalid_scope")


def test_nobody_gets_a_scope_that_the_app_is_not_registered_with(scene: Scene) -> None:
    modest, shop = service(scene.brand, ["stock", SCIM_ME]), confidential(scene.brand)

    for scope in (SCIM, SCIM_ME):
        told = modest.post("/oauth/token", {"grant_type": "client_credentials", "scope": scope})
        assert json_of(told)["error"] == "invalid_scope"
    asked = Browser().get("/oauth/authorize", shop.asks(scope="openid scim:me"))
    assert asked["Location"].startswith(f"{CALLBACK}?error=invalid_scope")


def test_both_scopes_are_published() -> None:
    told = json_of(Browser().get("/.well-known/openid-configuration"))

    assert {SCIM, SCIM_ME} <= set(told["scopes_supported"])


def test_asking_who_it_is_costs_two_queries(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    services, adas = f"Bearer {own_token(scene.service)}", f"Bearer {scene.adas()}"
    keyring()

    with django_assert_num_queries(2):
        authenticate(adas, now)
    forget_cached()
    with django_assert_num_queries(2):
        authenticate(services, now)


def test_the_door_of_the_rest_api_takes_the_same_tokens(scene: Scene) -> None:
    def asked(token: str) -> int:
        return Browser().get("/api/v1/purposes", headers=bearer(token)).status_code

    assert asked(own_token(scene.service)) == 200
    assert asked(own_token(scene.stranger())) == 403
    assert asked(scene.adas()) == 403
    assert asked(scene.adas("id_token")) == 401
