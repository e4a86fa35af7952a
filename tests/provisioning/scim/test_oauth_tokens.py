"""An app's access token at the SCIM door: whatever is no credential opens nothing."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.access import SCIM
from accounts.models import Account, Brand, Membership, Status
from auth_flows.oidc import access_tokens
from ciam.lib.keys import keyring
from provisioning.models import Website, WebsiteToken
from provisioning.scim.errors import CONTENT_TYPE
from provisioning.websites import NotAdmitted, UnknownCaller, authenticate
from tests.auth_flows.oidc.apps import at_most, confidential, service, signed_in
from tests.auth_flows.oidc.test_tokens_tell_the_truth import forgeries
from tests.people import operator
from tests.provisioning.scim.apps import FOR_HERSELF, KEY, Headers, Scene, bearer, linked, own_token
from tests.provisioning.scim.door import BASE, Answer, site, user
from tests.provisioning.scim.test_access import METHODS, PLACES


def cookie_alone(scene: Scene) -> Headers:
    scene.browser.cookies[settings.SESSION_COOKIE_NAME] = KEY
    assert scene.browser.get("/account/").status_code == 200
    return {}


def cookie_beside_its_key(scene: Scene) -> Headers:
    return cookie_alone(scene) | bearer(KEY)


def token_of_an_expired_website_token(scene: Scene) -> Headers:
    place = site(scene.brand, "old")
    WebsiteToken.objects.update(expires_at=timezone.now())
    return bearer(place.token)


def expired(scene: Scene) -> Headers:
    made = timezone.now() - dt.timedelta(seconds=601)
    client = scene.service.client
    return bearer(access_tokens.issue(client, client.client_id, (SCIM,), made))


def revoked(scene: Scene) -> Headers:
    token = own_token(scene.service)
    assert scene.service.post("/oauth/revoke", {"token": token}).status_code == 200
    return bearer(token)


def revoked_family(scene: Scene) -> Headers:
    told = scene.app.tokens(scene.session)
    assert scene.app.post("/oauth/revoke", {"token": told["refresh_token"]}).status_code == 200
    return bearer(told["access_token"])


def of_a_client_that_is_out_of_use(scene: Scene) -> Headers:
    token = own_token(scene.service)
    scene.service.client.is_active = False
    scene.service.client.save()
    return bearer(token)


def of_a_website_that_is_switched_off(scene: Scene) -> Headers:
    Website.objects.filter(pk=scene.stock.website.pk).update(is_active=False)
    return bearer(own_token(scene.service))


def of_a_client_that_lost_the_scope(scene: Scene) -> Headers:
    token = own_token(scene.service)
    scene.service.client.scopes = ["stock"]
    scene.service.client.save()
    return bearer(token)


def of_a_service_without_the_scope(scene: Scene) -> Headers:
    stock = service(scene.brand, ["stock"])
    linked(stock, scene.brand, "plain")
    return bearer(own_token(stock))


def of_an_account_that_is_suspended(scene: Scene) -> Headers:
    token = scene.adas()
    Account.objects.update(status=Status.SUSPENDED)
    return bearer(token)


def of_a_member_no_more(scene: Scene) -> Headers:
    token = scene.adas()
    Membership.objects.update(status="ended")
    return bearer(token)


def of_an_app_without_a_website(scene: Scene) -> Headers:
    app = confidential(scene.brand, scopes=FOR_HERSELF)
    return bearer(app.tokens(scene.session)["access_token"])


def of_another_brands_app(scene: Scene) -> Headers:
    """Which an operator wrote at this brand's website by mistake."""
    other = Brand.objects.create(slug="teehaus", name="Teehaus")
    app = service(other, [SCIM])
    linked(app, scene.brand, "mistaken")
    return bearer(own_token(app))


def of_an_operator(scene: Scene) -> Headers:
    olga = signed_in(operator(totp=False), None)
    return bearer(scene.app.tokens(olga)["access_token"])


REFUSED: dict[str, tuple[Callable[[Scene], Headers], int]] = {
    "nothing": (lambda scene: {}, 401),
    "basic, as at the token endpoint": (lambda scene: scene.service.basic(), 401),
    "a customer's session cookie": (cookie_alone, 401),
    "the cookie, and its key as a token": (cookie_beside_its_key, 401),
    "an expired website token": (token_of_an_expired_website_token, 401),
    "an expired access token": (expired, 401),
    "a revoked access token": (revoked, 401),
    "a token of a revoked family": (revoked_family, 401),
    "a refresh token": (lambda scene: bearer(scene.adas("refresh_token")), 401),
    "an ID token": (lambda scene: bearer(scene.adas("id_token")), 401),
    "a client that is out of use": (of_a_client_that_is_out_of_use, 401),
    "a suspended account": (of_an_account_that_is_suspended, 401),
    "a member no more": (of_a_member_no_more, 401),
    "an operator": (of_an_operator, 401),
    "a customer's ordinary access token": (lambda scene: bearer(scene.adas(scope="openid profile")), 403),
    "an app without a website": (of_an_app_without_a_website, 403),
    "a service without a website": (lambda scene: bearer(own_token(scene.stranger())), 403),
    "a service without the scope": (of_a_service_without_the_scope, 403),
    "a client that lost the scope": (of_a_client_that_lost_the_scope, 403),
    "a website that is switched off": (of_a_website_that_is_switched_off, 403),
    "another brand's app": (of_another_brands_app, 403),
}


def everywhere(browser: Browser, headers: Headers, places: list[str]) -> Iterator[tuple[str, Answer]]:
    for place in places:
        for method in METHODS:
            yield (
                f"{method} {place}",
                browser.generic(method, BASE + place, b"", content_type=CONTENT_TYPE, headers=headers),
            )


@pytest.mark.parametrize(("credential", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_every_door_and_method_is_shut_to(
    scene: Scene, credential: Callable[[Scene], Headers], status: int
) -> None:
    headers = credential(scene)

    open_doors = [
        (door, response.status_code)
        for door, response in everywhere(scene.browser, headers, PLACES)
        if response.status_code != status
        or not response["WWW-Authenticate"].startswith('Bearer realm="scim"')
        or response["Content-Type"] != CONTENT_TYPE
    ]

    assert open_doors == []


def test_a_forged_token_opens_nothing(scene: Scene) -> None:
    genuine = own_token(scene.service)
    scene.stock.token = genuine
    assert scene.stock.get().status_code == 200

    for name, forged in forgeries(genuine).items():
        scene.stock.token = forged
        assert scene.stock.get().status_code == 401, name
        assert scene.stock.post(user("bob@example.com")).status_code == 401, name


def test_a_cookie_counts_for_nothing_whatever_class_is_configured(scene: Scene, settings: Settings) -> None:
    settings.SCIM_TOKEN_AUTHENTICATION = ["rest_framework.authentication.SessionAuthentication"]

    for headers in (cookie_alone(scene), cookie_beside_its_key(scene), bearer(own_token(scene.service))):
        assert scene.browser.get(f"{BASE}/Users", headers=headers).status_code == 401


def test_a_persons_token_opens_nothing_but_me(scene: Scene) -> None:
    headers = bearer(scene.adas())
    elsewhere = [place for place in PLACES if place != "/Me"]

    answers = [
        (door, response.status_code) for door, response in everywhere(scene.browser, headers, elsewhere)
    ]

    assert [answer for answer in answers if answer[1] != 403] == []


def test_what_is_refused_costs_no_more(scene: Scene) -> None:
    now = timezone.now()
    stranger, ordinary = own_token(scene.stranger()), scene.adas(scope="openid")
    over = expired(scene)["Authorization"]
    keyring()

    for header in ("Bearer nonsense", "Bearer ciam_site_x", "Bearer a.b.c", over):
        with at_most(0), pytest.raises(UnknownCaller):
            authenticate(header, now)
    for token in (stranger, ordinary):
        with at_most(2), pytest.raises(NotAdmitted):
            authenticate(f"Bearer {token}", now)
