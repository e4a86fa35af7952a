"""Who may do what at the SCIM door."""

import datetime as dt
from time import monotonic

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Event, MembershipStatus
from auth_flows.assurance import Method, Proof
from auth_flows.sessions import SessionStore
from ciam.lib import kept
from provisioning.models import Scope, WebsiteToken
from provisioning.scim.errors import CONTENT_TYPE
from provisioning.websites import UnknownCaller, authenticate, issue_token
from tests import people
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import BASE, Site, proven, site, user

PLACES = [
    "",
    "/",
    "/Users",
    "/Users/11111111-1111-4111-8111-111111111111",
    "/Users/.search",
    "/Groups",
    "/Me",
    "/Bulk",
    "/.search",
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/Schemas",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    "/nothing/here",
    "/Users%0A",
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", PLACES)
def test_without_a_token_nothing_answers(catalogue: Site, place: str, method: str) -> None:
    catalogue.token = ""

    response = catalogue.raw(method, place)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith('Bearer realm="scim"')
    assert response["Content-Type"] == CONTENT_TYPE


def test_a_refusal_without_a_token_has_a_scim_body(client: Client, db: None) -> None:
    response = client.get(f"{BASE}/Users")

    assert response["WWW-Authenticate"] == 'Bearer realm="scim"'
    assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert response.json()["status"] == "401"


@pytest.mark.parametrize(
    "header",
    [
        "Basic YTpi",
        "Bearer",
        "Bearer x",
        "bearer ciam_site_",
        "Bearer ciam_site_" + "x" * 43,
        "Bearer \xff",
        "x" * 9000,
    ],
)
def test_what_is_no_token_of_ours_is_told_so(catalogue: Site, header: str) -> None:
    response = catalogue.raw("GET", "/Users", Authorization=header)

    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_a_session_is_no_credential(catalogue: Site, shop: Kaffeehaus) -> None:
    ada = people.customer("ada@example.com", brand=shop.brand)
    session = SessionStore()
    session.begin(ada, shop.brand, [Proof(Method.PASSWORD, timezone.now())], "test")
    catalogue.client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    assert SessionStore(session.session_key).found()
    catalogue.token = ""

    assert catalogue.get("/Users").status_code == 401
    assert catalogue.post(user("bob@example.com")).status_code == 401
    assert catalogue.raw("POST", "/Users", Authorization=f"Bearer {session.session_key}").status_code == 401


def test_no_form_token_is_asked_for(catalogue: Site) -> None:
    assert catalogue.client.handler.enforce_csrf_checks
    assert catalogue.post(user()).status_code == 201


def test_an_expired_token_and_one_of_a_switched_off_website_are_dead(catalogue: Site) -> None:
    token = WebsiteToken.objects.get()
    alive = catalogue.get("/Users").status_code
    token.expires_at = timezone.now()
    token.save()
    expired = catalogue.get("/Users").status_code
    token.expires_at = None
    token.save()
    catalogue.website.is_active = False
    catalogue.website.save()
    switched_off = catalogue.get("/Users").status_code

    assert (alive, expired, switched_off) == (200, 401, 401)


def test_a_token_that_another_process_withdraws_is_dead_within_seconds(
    catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = catalogue.get("/Users").status_code
    WebsiteToken.objects.all().delete()
    later = monotonic() + 3
    monkeypatch.setattr(kept, "monotonic", lambda: later)

    assert (alive, catalogue.get("/Users").status_code) == (200, 401)


def test_two_tokens_live_at_once_so_that_one_can_be_rotated(catalogue: Site) -> None:
    old, catalogue.token = catalogue.token, issue_token(catalogue.website, "new", [Scope.READ])
    assert catalogue.get("/Users").status_code == 200

    catalogue.token = old

    assert catalogue.get("/Users").status_code == 200


def test_a_token_is_kept_as_a_hash_and_asked_for_once(
    catalogue: Site, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert catalogue.token not in str(WebsiteToken.objects.values())

    with django_assert_num_queries(1):
        caller = authenticate(f"Bearer {catalogue.token}", timezone.now())
        assert (caller.website, caller.brand) == (catalogue.website, catalogue.brand)
    with django_assert_num_queries(0), pytest.raises(UnknownCaller):
        authenticate("Bearer nonsense", timezone.now())


def test_a_token_lives_until_the_moment_it_expires(catalogue: Site) -> None:
    end = timezone.now() + dt.timedelta(hours=1)
    token = issue_token(catalogue.website, "short", [Scope.READ], end)

    assert authenticate(f"Bearer {token}", end - dt.timedelta(seconds=1)).scopes == {"read"}
    with pytest.raises(UnknownCaller):
        authenticate(f"Bearer {token}", end)


@pytest.mark.parametrize("scope", list(Scope))
def test_each_scope_opens_its_own_methods_and_no_other(
    shop: Kaffeehaus, catalogue: Site, scope: Scope
) -> None:
    member = catalogue.post(user("bob@example.com")).json()["id"]
    narrow = site(shop.brand, "narrow", [scope])
    rename = {"op": "replace", "path": "locale", "value": "de"}

    answers = {
        Scope.READ: [narrow.get("/Users"), narrow.get(f"/Users/{member}")],
        Scope.CREATE: [narrow.post(user("ada@example.com"))],
        Scope.UPDATE: [narrow.patch(member, rename)],
        Scope.DELETE: [narrow.delete(member)],
    }

    for needed, responses in answers.items():
        for response in responses:
            if needed == scope:
                assert response.status_code in {200, 201, 204}
            else:
                assert response.status_code == 403
                assert f'scope="{needed}"' in response["WWW-Authenticate"]
                assert response.json()["status"] == "403"


def test_answers_need_the_scope_for_consent(shop: Kaffeehaus) -> None:
    modest = site(shop.brand, scopes=[Scope.CREATE, Scope.READ, Scope.UPDATE])

    refused = modest.post(user(consents=[proven(shop.newsletter)]))
    accepted = modest.post(user())

    assert refused.status_code == 403
    assert accepted.status_code == 201
    assert Account.objects.count() == 1
    add = {"op": "add", "path": "urn:ciam:params:scim:schemas:extension:customer:2.0:User:consents"}
    assert modest.patch(accepted.json()["id"], add | {"value": [proven(shop.newsletter)]}).status_code == 403


def test_any_token_may_ask_what_the_service_is(shop: Kaffeehaus) -> None:
    narrow = site(shop.brand, scopes=[Scope.DELETE])

    for place in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        assert narrow.get(place).status_code == 200


def test_a_website_sees_nothing_of_another_brands_members(catalogue: Site, tea: Site) -> None:
    member = catalogue.post(user("ada@example.com") | {"externalId": "7"}).json()["id"]

    assert tea.get(f"/Users/{member}").status_code == 404
    assert tea.patch(member, {"op": "replace", "path": "active", "value": False}).status_code == 404
    assert tea.delete(member).status_code == 404
    assert tea.get("/Users").json()["totalResults"] == 0
    for text in ('userName eq "ada@example.com"', f'id eq "{member}"', 'externalId eq "7"'):
        assert tea.find(text) == []
    assert catalogue.get(f"/Users/{member}").json()["active"] is True


def test_an_operator_who_has_a_membership_is_out_of_reach(shop: Kaffeehaus, catalogue: Site) -> None:
    olga = people.operator()
    member = olga.memberships.create(brand=shop.brand, how="import", status=MembershipStatus.ACTIVE)

    assert catalogue.get("/Users").json()["totalResults"] == 0
    assert catalogue.get(f"/Users/{member.pk}").status_code == 404
    assert catalogue.delete(str(member.pk)).status_code == 404


def test_a_website_that_reaches_for_rights_gets_none_and_is_told_of(catalogue: Site) -> None:
    greedy = user("mallory@example.com") | {"roles": [{"value": "admin"}], "password": "hunter2"}
    created = catalogue.post(greedy)
    refused = catalogue.patch(created.json()["id"], {"op": "add", "path": "is_staff", "value": True})

    assert (created.status_code, refused.status_code) == (201, 400)
    assert not {"roles", "password", "is_staff"} & created.json().keys()
    told = Event.objects.filter(type="website.overreached").order_by("id")
    assert [event.fields for event in told] == [["password", "roles"], ["is_staff"]]
    assert {(event.actor_id, event.brand_id) for event in told} == {
        (str(catalogue.website.pk), catalogue.brand.pk)
    }
    assert "hunter2" not in str(list(Event.objects.values()))


def test_a_flood_of_it_is_told_some_times(catalogue: Site) -> None:
    for number in range(30):
        catalogue.post(user(f"mallory{number}@example.com") | {"password": "x"})

    assert Event.objects.filter(type="website.overreached").count() == 20
