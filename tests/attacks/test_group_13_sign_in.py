"""SCIM inbound (open set, A13.11 and A13.13): what a website says, and who can sign in then."""

from collections.abc import Callable

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.identifiers import account_with_email
from accounts.models import Account, Identifier, Kind, Membership, MembershipStatus, Realm
from auth_flows.models import BrowserSession
from ciam.lib.models import Mail
from tests.attacks.ways import ADA, GREED, MALLORY, bulk, nested, of_weight
from tests.auth_flows.oidc.apps import confidential, signed_in, userinfo
from tests.people import PASSWORD, Kaffeehaus, customer, operator, registered
from tests.provisioning.outbox import scene as targets
from tests.provisioning.outbox.conftest import memory
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.scim.apps import Scene
from tests.provisioning.scim.door import PATCH, Answer, Site, proven, site, user
from tests.walking import Walker, code_for

__all__ = ["memory"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_trusted", [False, True])
def test_a13_11_an_address_from_a_website_signs_nobody_in_to_a_customers_account(
    shop: Kaffeehaus, tea: Site, is_trusted: bool
) -> None:
    ada = customer(ADA, brand=shop.brand)
    tea.website.is_trusted = is_trusted
    tea.website.save()
    seen = tea.post(user(ADA)).json()
    moved = [{"value": MALLORY, "primary": True}]

    answer = tea.patch(seen["id"], {"op": "replace", "path": "emails", "value": moved})

    assert answer.status_code == 200
    mallory = Walker().open("/sign-in/").send(identifier=MALLORY)
    mallory.press("Send me a code").send(code=code_for(MALLORY))
    assert mallory.heading == "About you"
    assert account_with_email(MALLORY) is None
    again = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
    assert again.send(agree_terms="on").heading.startswith("Hello")
    assert list(Identifier.objects.filter(account=ada, scope="").values_list("normal", flat=True)) == [ADA]


def test_a13_11_of_a_lite_customer_known_elsewhere_too_a_website_moves_no_address(
    catalogue: Site, tea: Site
) -> None:
    catalogue.post(user(ADA, interests=["espresso"]))
    seen = tea.post(user(ADA)).json()

    tea.patch(seen["id"], {"op": "replace", "path": "emails", "value": [{"value": MALLORY, "primary": True}]})
    mallory = Walker().open("/register/").send(identifier=MALLORY)
    mallory.send(code=code_for(MALLORY))

    assert mallory.value("interests") == ""
    assert account_with_email(ADA) == Membership.objects.get(pk=seen["id"]).account


def test_a13_11_an_address_counts_as_verified_only_from_a_trusted_website_and_its_owner_hears_of_a_change(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    trusted = site(shop.brand, "trusted")
    trusted.website.is_trusted = True
    trusted.website.save()
    plain, good = catalogue.post(user(ADA)).json(), trusted.post(user("bob@example.com")).json()
    told = {one["normal"]: one["verified_at"] for one in Identifier.objects.filter(scope="").values()}
    assert told[ADA] is None
    assert told["bob@example.com"] is not None

    for body, name in ((plain, "ada"), (good, "bob")):
        moved = [{"value": f"{name}@new.example", "primary": True}]
        catalogue.patch(body["id"], {"op": "replace", "path": "emails", "value": moved})

    own = set(Identifier.objects.filter(scope="").values_list("normal", flat=True))
    assert own == {"ada@new.example", "bob@example.com"}, "what was proven stays"
    assert [mail.recipient for mail in Mail.objects.all()] == [ADA]
    assert Identifier.objects.get(normal="ada@new.example", scope="").verified_at is None


def ends(place: Site, key: str) -> Answer:
    return place.delete(key)


def suspends(place: Site, key: str) -> Answer:
    return place.patch(key, {"op": "Replace", "path": "active", "value": "False"})


def suspends_without_path(place: Site, key: str) -> Answer:
    return place.patch(key, {"op": "replace", "value": {"active": False}})


def replaces_as_inactive(place: Site, key: str) -> Answer:
    return place.call("PUT", f"/Users/{key}", user(ADA) | {"active": False})


def ends_in_bulk(place: Site, key: str) -> Answer:
    return bulk(place, {"method": "DELETE", "path": f"/Users/{key}"})


@pytest.mark.parametrize(
    "does",
    [ends, suspends, suspends_without_path, replaces_as_inactive, ends_in_bulk],
    ids=lambda does: does.__name__,
)
def test_a13_13_sessions_and_tokens_of_the_brand_are_dead_at_once_and_targets_let_go(
    shop: Kaffeehaus,
    scene: Scene,
    teahouse: Kaffeehaus,
    memory: Memory,
    does: Callable[[Site, str], Answer],
) -> None:
    crm = targets.connector(shop.newsletter.purpose, Memory.kind)
    (seen,) = scene.stock.find(f'userName eq "{ADA}"')
    consents = {"op": "add", "path": f"{CUSTOMER_EXTENSION}:consents", "value": [proven(shop.newsletter)]}
    scene.stock.patch(seen["id"], consents)
    targets.deliver()
    told = scene.app.tokens(scene.session)
    elsewhere = signed_in(scene.ada, teahouse.brand, key="another-browser-of-hers")
    registered(scene.ada, teahouse.brand)
    tea_app = confidential(teahouse.brand)
    tokens_elsewhere = tea_app.tokens(elsewhere)
    assert userinfo(told["access_token"]).status_code == 200
    assert [one.suppressed for one in memory.people.values()] == [False]

    assert does(scene.stock, seen["id"]).status_code in {200, 204}
    targets.deliver()

    assert userinfo(told["access_token"]).status_code == 401
    assert scene.app.refresh(told["refresh_token"]).status_code == 400
    assert scene.app.introspect(told["access_token"]) == {"active": False}
    assert [one.suppressed for one in memory.people.values()] == [True], "the target heard of it"
    assert targets.settled(crm)
    assert userinfo(tokens_elsewhere["access_token"]).status_code == 200, "the other brand's stay"
    assert (
        BrowserSession.objects.get(pk=elsewhere.pk).epoch
        == Account.objects.get(pk=scene.ada.pk).session_epoch
    )
    assert Account.objects.get(pk=scene.ada.pk).status == "active"


@pytest.mark.parametrize("does", [ends, suspends], ids=lambda does: does.__name__)
def test_a13_13_the_session_cookie_is_dead_on_the_next_request(
    shop: Kaffeehaus, catalogue: Site, does: Callable[[Site, str], Answer]
) -> None:
    customer(ADA, brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD).send(agree_terms="on")
    assert walker.heading.startswith("Hello")
    (seen,) = catalogue.find(f'userName eq "{ADA}"')

    does(catalogue, seen["id"])

    assert walker.open("/account/").heading == "Sign in"


@pytest.mark.parametrize("does", [ends, suspends, replaces_as_inactive], ids=lambda does: does.__name__)
def test_a13_13_no_website_ends_what_an_operator_has(
    shop: Kaffeehaus, catalogue: Site, does: Callable[[Site, str], Answer]
) -> None:
    olga = operator("olga@example.com")
    member = olga.memberships.create(brand=shop.brand, how="import", status=MembershipStatus.ACTIVE)
    session = signed_in(olga, None)

    assert does(catalogue, str(member.pk)).status_code == 404
    made_ = catalogue.post(user("olga@example.com"))
    assert made_.status_code == 201
    assert does(catalogue, made_.json()["id"]).status_code in {200, 204}

    olga.refresh_from_db()
    assert (olga.realm, olga.kind, olga.is_staff, olga.status) == (Realm.OPERATOR, Kind.FULL, True, "active")
    assert BrowserSession.objects.get(pk=session.pk).epoch == olga.session_epoch
    assert Identifier.objects.filter(account=olga).count() == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a13_03_a_persons_own_token_gives_her_no_more_than_her_own_words(scene: Scene, method: str) -> None:
    """What is the website's to say stands in tests/provisioning/scim/test_me.py."""
    me = Site(scene.club.website, scene.adas())
    before = of_weight(scene.ada)
    seen = me.get("/Me").json()

    for path, value in GREED:
        body: dict[str, object] = {**seen, **nested(path, value)}
        if method == "PATCH":
            step = {"op": "replace", "path": path, "value": value}
            body = {"schemas": [PATCH], "Operations": [step]}
        answer = me.call(method, "/Me", body)

        assert answer.status_code in {200, 400, 403}, (path, answer.content)
        assert of_weight(scene.ada) == before, path
    for path in ("/Users", f"/Users/{seen['id']}", "/Groups", "/Bulk", "/.search"):
        assert me.get(path).status_code in {403, 405}
    assert me.get("/Me").json()["userName"] == seen["userName"]
