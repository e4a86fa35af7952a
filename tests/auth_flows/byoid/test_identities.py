"""Connecting and disconnecting in self-service, and what providers tell us by themselves."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.events import EventType
from accounts.models import Account, Event, Identifier, ProfileValue, Source
from accounts.profiles import Said, say
from auth_flows.models import BrowserSession, LinkedIdentity
from tests.bringing import SECRET, Elsewhere, back_address, linked, provider
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
PAGE = "/account/identities/"


def signed_in(email: str = ADA) -> Walker:
    walker = Walker().open("/sign-in/").send(identifier=email).send(password=PASSWORD)
    return walker.send(agree_terms="on")


def goes(walker: Walker, label: str) -> str:
    """Press the button; returns the address at the provider."""
    walker.open(PAGE).press(label)
    link = walker.soup.find("a", class_="button-primary")
    assert link, walker.text
    return str(link["href"])


def kinds() -> set[str]:
    return set(Event.objects.values_list("type", flat=True))


def test_ada_connects_and_disconnects(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand)
    provider(sandbox)
    walker = signed_in()

    walker.open(back_address(goes(walker, "Continue with Oidc")))

    assert "you can sign in with it" in walker.text
    assert LinkedIdentity.objects.get().account == ada
    assert "Oidc" in walker.open("/account/").text
    walker.open(PAGE).press("Disconnect")
    assert "lets nobody in any more" in walker.text
    assert not LinkedIdentity.objects.exists()
    assert {EventType.IDENTITY_LINKED, EventType.IDENTITY_UNLINKED} <= kinds()


def test_what_is_anothers_stays_anothers(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    bob = customer("bob@example.com", brand=shop.brand)
    customer(ADA, brand=shop.brand)
    linked(bob, provider(sandbox))
    walker = signed_in()

    walker.open(back_address(goes(walker, "Continue with Oidc")))

    assert "connected with another account here already" in walker.text
    assert LinkedIdentity.objects.get().account == bob


def test_mallorys_visit_connects_nothing_with_adas_account(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    """Neither an answer slipped to her, nor a page elsewhere that sends her there."""
    customer(ADA, brand=shop.brand)
    customer("mallory@example.com", brand=shop.brand)
    there = provider(sandbox).knows("mallory", sub="mallory-1")
    mallorys = back_address(goes(signed_in("mallory@example.com"), "Continue with"), "mallory")
    ada = signed_in()

    assert ada.open(mallorys).status == 410
    assert ada.browser.get(f"{PAGE}connect/{there.row.slug}").status_code == 405
    assert ada.browser.post(f"{PAGE}connect/{there.row.slug}").status_code == 403
    assert not LinkedIdentity.objects.exists()


def test_a_visit_is_for_the_account_that_began_it(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    """On a computer that two people share."""
    customer(ADA, brand=shop.brand)
    customer("bob@example.com", brand=shop.brand)
    provider(sandbox)
    walker = signed_in()
    back = back_address(goes(walker, "Continue with"))
    BrowserSession.objects.all().delete()
    walker.open("/sign-in/").send(identifier="bob@example.com").send(password=PASSWORD)
    walker.send(agree_terms="on")

    assert "did not take it" in walker.open(back).text
    assert not LinkedIdentity.objects.exists()


def test_the_last_way_in_stays(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    """A proven address always remains; for whoever has none the rule holds."""
    ada = customer(ADA, brand=shop.brand)
    row = linked(ada, provider(sandbox))
    walker = signed_in()
    Identifier.objects.update(verified_at=None)
    ada.authenticators.all().delete()

    walker.open(PAGE)
    assert "Your only way in" in walker.text
    assert "Disconnect" not in walker.text
    token = walker.browser.cookies["__Host-ciam-csrf"].value
    walker.browser.post(f"{PAGE}{row.pk}/disconnect", {"csrfmiddlewaretoken": token})
    assert LinkedIdentity.objects.filter(pk=row.pk).exists()


def test_nobody_disconnects_for_somebody_else(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    row = linked(customer("bob@example.com", brand=shop.brand), provider(sandbox))
    customer(ADA, brand=shop.brand)
    walker = signed_in().open(PAGE)
    token = walker.browser.cookies["__Host-ciam-csrf"].value

    answer = walker.browser.post(f"{PAGE}{row.pk}/disconnect", {"csrfmiddlewaretoken": token})

    assert answer.status_code in {403, 404}
    assert LinkedIdentity.objects.filter(pk=row.pk).exists()


def signed_request(subject: str, *, secret: str = SECRET, algorithm: str = "HMAC-SHA256") -> str:
    said = {"algorithm": algorithm, "issued_at": int(time.time()) + 1, "user_id": subject}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    mark = hmac.new(secret.encode(), payload, hashlib.sha256).digest()
    return f"{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}.{payload.decode()}"


def test_facebook_has_what_it_told_deleted(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand)
    there = provider(sandbox, "facebook")
    linked(ada, there, "fb-1")
    say(ada, {"given_name": "Ada"}, Said(Source.PROVIDER, str(there.row.pk), timezone.now()))
    say(ada, {"given_name": "Ada"}, Said(Source.CUSTOMER, "", timezone.now()))
    door, request = f"/sign-in/upstream/{there.row.slug}/notices", signed_request("fb-1")

    answers = [Client().post(door, {"signed_request": request}) for _again in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    told = answers[0].json()
    assert set(told) == {"url", "confirmation_code"}
    assert not LinkedIdentity.objects.exists()
    assert [one.source for one in ProfileValue.objects.all()] == [Source.CUSTOMER]
    assert "Your data is deleted" in Client().get(urlsplit(told["url"]).path).content.decode()
    assert Client().get(f"/sign-in/upstream/{there.row.slug}/deleted/made-up").status_code == 404
    assert Account.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "x.y",
        signed_request("fb-1", secret="another"),
        signed_request("fb-1", algorithm="none"),
        signed_request("fb-1") + "x",
    ],
)
def test_a_request_that_facebook_did_not_sign_deletes_nothing(
    shop: Kaffeehaus, sandbox: RunningSandbox, request_: str
) -> None:
    there = provider(sandbox, "facebook")
    linked(customer(ADA, brand=shop.brand), there, "fb-1")

    answer = Client().post(f"/sign-in/upstream/{there.row.slug}/notices", {"signed_request": request_})

    assert answer.status_code == 400
    assert LinkedIdentity.objects.exists()


def apple_says(there: Elsewhere, event: str, *, at: float | None = None, **claims: object) -> int:
    said = {"type": event, "sub": "ada-1", "event_time": int((at or time.time() + 1) * 1000), "email": ADA}
    token = {"iss": there.issuer, "aud": "ciam", "iat": int(time.time()), "jti": "1"}
    body = {**token, "events": json.dumps(said), **claims}
    signed = there.sandbox.client.post(f"/idp/{there.name}/sign", json=body).json()["token"]
    door = f"/sign-in/upstream/{there.row.slug}/notices"
    return Client().post(door, {"payload": signed}, content_type="application/json").status_code


def test_apple_tells_that_somebody_left(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand)
    there = provider(sandbox, "apple")
    linked(ada, there)

    assert apple_says(there, "email-disabled") == 200
    assert Identifier.objects.get(scope="").undeliverable_at
    assert apple_says(there, "email-enabled") == 200
    assert Identifier.objects.get(scope="").undeliverable_at is None
    assert apple_says(there, "consent-revoked", at=time.time() - 3_600) == 200
    assert LinkedIdentity.objects.exists(), "an old notice is not about who connected it since"
    assert apple_says(there, "account-delete", aud="somebody") == 400
    assert apple_says(there, "account-delete", iss="https://evil.example") == 400
    assert LinkedIdentity.objects.exists()
    assert apple_says(there, "consent-revoked") == 200
    assert not LinkedIdentity.objects.exists()
    assert EventType.IDENTITY_UNLINKED in kinds()
