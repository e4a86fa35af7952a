"""Registration, lite accounts, pre-hijacking (open set, group 10): whatever somebody did with an address
before its owner proved it leads nowhere.

What is tried on lookalike addresses stands in tests/auth_flows/test_attacks.py, the whole tale of a claim in
tests/journeys/test_claim.py, the form door's own in tests/provisioning/lite.
"""

import pytest
from django.utils import timezone

from accounts.identifiers import account_with_email
from accounts.models import Account, Kind, Membership, ProfileValue
from accounts.registration import Registration, register
from accounts.snapshot import snapshot
from auth_flows.models import Authenticator, BrowserSession, SignIn
from ciam.lib.models import Counter
from consent.models import ConsentRecord, Decision
from tests.attacks.pages import ADA, MALLORY, MALLORYS_PASSWORD, STEPS, presses_on, registers, shown
from tests.people import PASSWORD, Kaffeehaus
from tests.provisioning.lite.visitor import Visitor, proof
from tests.provisioning.scim.door import Site, user
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db


def test_a10_01_what_was_typed_before_a_proof_is_in_nobodys_account(shop: Kaffeehaus) -> None:
    mallory = Walker().open("/register/").send(identifier=ADA)
    for step, fields in STEPS:
        assert presses_on(mallory, step, fields).status_code < 500
    assert not Account.objects.exists()
    assert not Authenticator.objects.exists()

    ada = registers(ADA, PASSWORD, given_name="Ada")

    assert ada.heading == "Hello, Ada"
    assert Authenticator.objects.count() == BrowserSession.objects.count() == 1
    theirs = Walker().open("/sign-in/").send(identifier=ADA).send(password=MALLORYS_PASSWORD)
    assert "don't match" in theirs.text


def test_a10_01_a_code_proves_only_the_walk_that_it_was_mailed_for(shop: Kaffeehaus) -> None:
    mallory = Walker().open("/register/").send(identifier=ADA)
    for_mallorys_walk = code_for(ADA)
    Counter.objects.update(ends_at=timezone.now())
    ada = Walker().open("/register/").send(identifier=ADA)
    code = code_for(ADA)
    assert code != for_mallorys_walk

    mallory.send(code=code)
    ada.send(code=for_mallorys_walk)

    assert (mallory.heading, ada.heading) == ("Check your mail", "Check your mail")
    assert not SignIn.objects.exclude(proofs=[]).exists()


def test_a10_02_a_walk_of_mallorys_is_not_carried_on_by_adas_proof(shop: Kaffeehaus) -> None:
    mallory = Walker().open("/register/").send(identifier=ADA)
    signing_in = Walker(browser=mallory.browser).open("/sign-in/").send(identifier=ADA)

    registers(ADA, PASSWORD, given_name="Ada")

    for walker in (mallory, signing_in):
        page = walker.url.partition("?")[0]
        for step, fields in STEPS:
            presses_on(walker.open(page), step, fields)
        assert "Hello" not in walker.open(page).text
        assert walker.open("/account/").heading == "Sign in"
    assert BrowserSession.objects.count() == 1


def test_a10_02_a_session_of_mallorys_own_stays_mallorys(shop: Kaffeehaus, catalogue: Site) -> None:
    """Also where a website calls Mallory by Ada's address, or reaches her by it."""
    mallory = registers(MALLORY, MALLORYS_PASSWORD, given_name="Mallory")
    theirs = account_with_email(MALLORY)
    (seen,) = catalogue.find(f'userName eq "{MALLORY}"')
    for path, value in (("userName", ADA), ("emails", [{"value": ADA, "primary": True}])):
        catalogue.patch(seen["id"], {"op": "replace", "path": path, "value": value})

    ada = registers(ADA, PASSWORD, given_name="Ada")

    assert ada.heading == "Hello, Ada"
    assert account_with_email(ADA) != theirs
    assert mallory.open("/account/").heading == "Hello, Mallory"
    assert "Ada" not in mallory.text
    seen = catalogue.get(f"/Users/{seen['id']}").json()
    assert ADA not in str(seen), "who has proven an address is called so, and nobody else"


def test_a10_14_signing_up_with_a_lite_address_shows_and_changes_nothing_before_a_proof(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    said = user(ADA, interests=["espresso"], country="DE") | {"name": {"givenName": "Secret"}}
    before = catalogue.post(said).json()
    known, stranger = Walker(), Walker()

    for door in ("/register/", "/sign-in/"):
        Counter.objects.update(ends_at=timezone.now())
        known.open(door).send(identifier=ADA)
        stranger.open(door).send(identifier="nobody@example.com")
        assert shown(known.response) == shown(stranger.response)
        for step, fields in STEPS:
            answers = [presses_on(walker, step, fields) for walker in (known, stranger)]
            assert len({(one.status_code, shown(one)) for one in answers}) == 1
            assert not {"Secret", "espresso"} & set(answers[0].content.decode().split())

    assert catalogue.get(f"/Users/{before['id']}").json() == before
    assert Account.objects.get().kind == Kind.LITE
    assert not Authenticator.objects.exists()
    assert {row.said_by for row in ProfileValue.objects.all()} == {str(catalogue.website.pk)}


def test_a10_14_a_forms_words_on_a_lite_address_are_not_its_owners(
    shop: Kaffeehaus, catalogue: Site, visitor: Visitor
) -> None:
    before = catalogue.post(user(ADA, interests=["espresso"])).json()

    answer = visitor.fetches(
        given_name="Mallory",
        interests=["gold"],
        active=False,
        kind="full",
        is_staff=True,
        brand="teahouse",
        account=str(Account.objects.get().pk),
        consents=[proof(shop.newsletter)],
    )

    assert answer.status_code in {202, 400}
    after = catalogue.get(f"/Users/{before['id']}").json()
    assert after | {"meta": before["meta"]} == before
    assert "Mallory" not in str(snapshot(Account.objects.get()))
    assert Account.objects.get().kind == Kind.LITE
    assert not ConsentRecord.objects.filter(decision=Decision.GIVEN).exists()


def test_a10_14_who_proves_an_address_that_was_somebody_elses_name_gets_an_account_of_their_own(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    bob = user("bob@example.com", interests=["tea"]) | {"userName": ADA}
    bobs = catalogue.post(bob).json()

    ada = Walker().open("/register/").send(identifier=ADA)
    ada.send(code=code_for(ADA))
    assert ada.value("interests") == ""
    ada.send(given_name="Ada").send(password=PASSWORD).send(agree_terms="on")

    assert account_with_email(ADA) != Membership.objects.get(pk=bobs["id"]).account
    (seen,) = catalogue.find(f'userName eq "{ADA}"')
    assert seen["id"] != bobs["id"]
    assert catalogue.get(f"/Users/{bobs['id']}").json()["userName"] == bobs["id"]


def test_a10_14_a_second_address_a_phone_and_an_external_id_recognise_nobody(
    shop: Kaffeehaus, catalogue: Site, tea: Site
) -> None:
    more = {
        "emails": [{"value": ADA, "primary": True}, {"value": MALLORY}],
        "phoneNumbers": [{"value": "+49 30 123456"}],
        "externalId": "7",
    }
    ada = catalogue.post(user(ADA, interests=["espresso"]) | more).json()

    answers = [
        tea.post(user(MALLORY)),
        tea.post(user("eve@example.com") | {"phoneNumbers": more["phoneNumbers"]}),
        tea.post(user("trudy@example.com") | {"externalId": "7"}),
    ]
    mallory = registers(MALLORY, MALLORYS_PASSWORD)

    adas = Membership.objects.get(pk=ada["id"]).account
    for answer in answers:
        assert Membership.objects.get(pk=answer.json()["id"]).account != adas
    assert "espresso" not in mallory.open("/account/").text
    assert account_with_email(MALLORY) != adas


def test_a10_14_who_asked_to_be_forgotten_is_not_found_again_by_who_proves_the_address(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    """An account that is leaving is nobody's to claim: whoever proves its address begins anew."""
    seen = catalogue.post(user(ADA, interests=["espresso"])).json()
    leaving = Membership.objects.get(pk=seen["id"]).account
    Account.objects.filter(pk=leaving.pk).update(status="erasing")

    now = timezone.now()
    anew = register(shop.brand, Registration(ADA, now, {}, frozenset()), now)

    assert anew.pk != leaving.pk
    assert "interests" not in snapshot(anew).values
