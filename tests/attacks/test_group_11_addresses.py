"""Changes of an address (open set, group 11, and A04.06): no takeover by a moment at somebody's session."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts import address_changes
from accounts.models import Account, AddressChange, Identifier, Membership
from auth_flows.models import Authenticator, BrowserSession
from auth_flows.oidc.claims import of_person
from tests.attacks.pages import registers
from tests.auth_flows.test_addresses import (
    HOME,
    PAGE,
    WORK,
    ada,
    adds,
    forgets_limits,
    own,
    removes,
    replaces,
    undo_links,
    walker,
)
from tests.auth_flows.test_recovery import ADA, ANOTHER, recovers, signs_in
from tests.people import PASSWORD, TOTP_SEED, Kaffeehaus, customer
from tests.provisioning.scim.door import Site, user
from tests.walking import Walker, code_for, mails

__all__ = ["ada", "walker"]

pytestmark = pytest.mark.django_db


def test_a11_11_every_change_asks_for_a_fresh_proof(walker: Walker, ada: Account) -> None:
    row = Identifier.objects.get(account=ada, scope="")
    long_ago = [{"method": "password", "at": (timezone.now() - dt.timedelta(minutes=11)).isoformat()}]
    token = walker.open(f"{PAGE}add/email/").soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    BrowserSession.objects.update(proofs=long_ago)

    for page in ["", "add/email/", f"replace/{row.pk}/", f"remove/{row.pk}/"]:
        asked = Walker(browser=walker.browser).open(PAGE + page)
        assert asked.heading == "Enter your password", page
    for page in ["add/email/", f"replace/{row.pk}/", f"main/{row.pk}/", f"remove/{row.pk}/"]:
        sent = {"csrfmiddlewaretoken": str(token["value"]), "address": HOME}
        answer = walker.browser.post(PAGE + page, sent)
        assert (answer.status_code, "/sign-in/" in answer["Location"]) == (303, True), page

    assert own(ada) == [(ADA, True)]
    assert not AddressChange.objects.exists()


def test_a11_11_a_stranger_and_another_customer_change_nothing(walker: Walker, ada: Account) -> None:
    adds(walker, WORK)
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address=HOME)
    row, change = Identifier.objects.get(normal=WORK), AddressChange.objects.get(proven_at=None)
    customer("mallory@example.com")
    mallory = signs_in(PASSWORD, "mallory@example.com").send(agree_terms="on").open(PAGE)

    for page in [f"proof/{change.pk}/", f"replace/{row.pk}/", f"remove/{row.pk}/"]:
        assert Client().get(PAGE + page).status_code == 303
        assert mallory.browser.get(PAGE + page).status_code == 404, page
    mallory.open(f"{PAGE}add/email/")
    token = mallory.soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    for page in [f"proof/{change.pk}/", f"main/{row.pk}/", f"remove/{row.pk}/"]:
        sent = {"csrfmiddlewaretoken": str(token["value"]), "code": code_for(HOME)}
        assert mallory.browser.post(PAGE + page, sent).status_code == 404, page

    assert own(ada) == [(ADA, True), (WORK, False)]


def test_a11_11_the_undo_reaches_back_over_all_that_followed(walker: Walker, ada: Account) -> None:
    """Whoever took the account moves on twice, and sets up a password and a second factor."""
    replaces(walker, ADA, HOME)
    replaces(walker, HOME, "mallory@example.com")
    adds(walker, "mallory@work.example")
    now = timezone.now()
    Authenticator.objects.create(account=ada, kind="totp", seed=TOTP_SEED, confirmed_at=now)
    Authenticator.objects.filter(account=ada, kind="password").update(confirmed_at=now)

    Walker().open(undo_links(ADA)[0]).press("Undo it")

    assert own(ada) == [(ADA, True)]
    assert not Authenticator.objects.filter(account=ada).exists()
    for box in (HOME, "mallory@example.com"):
        for link in undo_links(box):
            assert Walker().open(link).status == 404, "the undoing is not undone"
    assert recovers().heading == "Choose a password"


def test_a11_11_the_undo_works_for_three_days_and_by_a_press_alone(walker: Walker, ada: Account) -> None:
    replaces(walker, ADA, HOME)
    (link,) = undo_links(ADA)
    change = AddressChange.objects.get()
    assert change.undo_until is not None
    assert change.proven_at is not None
    assert change.undo_until - change.proven_at >= dt.timedelta(hours=72)
    secret = link.rstrip("/").rpartition("/")[2]
    assert secret not in str(AddressChange.objects.values())

    Client().get(link)
    assert own(ada) == [(HOME, True)]
    late = change.undo_until + dt.timedelta(seconds=1)

    assert address_changes.to_undo(secret, late - dt.timedelta(seconds=2)) == change
    assert address_changes.to_undo(secret, late) is None


def test_a11_11_the_new_address_is_worth_nothing_before_its_proof(walker: Walker, ada: Account) -> None:
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address=HOME)

    assert "don't match" in signs_in(PASSWORD, HOME).text
    assert recovers(HOME).heading == "About you", "for sign-in it is nobody's"
    assert of_person(ada, {"email"}) == {"email": ADA, "email_verified": True}


def test_a11_11_a_taken_address_looks_like_a_free_one_and_the_mail_tells(
    walker: Walker, ada: Account
) -> None:
    customer("bob@example.com")
    answers = []
    for address in ("bob@example.com", "free@example.com"):
        forgets_limits()
        walker.open(f"{PAGE}add/email/").send(address=address)
        page = walker.text.replace(address, "ADDRESS")
        answers.append((walker.status, page, walker.send(code="000000").text.replace(address, "ADDRESS")))

    assert answers[0] == answers[1]
    bobs = [text for to, text in mails() if to == "bob@example.com"]
    assert len(bobs) == 1
    assert "belongs to another one already" in bobs[0]
    assert own(ada) == [(ADA, True)]


def test_a11_11_who_lost_the_address_loses_what_it_had_begun(walker: Walker, ada: Account) -> None:
    """A sign-in that was proven by the old mailbox ends with it, finished or not."""
    forgets_limits()
    thief = Walker().open("/sign-in/").send(identifier=ADA).press("Send me a code by e-mail")
    thief.send(code=code_for(ADA))
    reset = recovers()

    replaces(walker, ADA, HOME)

    assert reset.open(reset.url.partition("?")[0]).heading == "This page has expired"
    assert thief.open("/account/").heading == "Sign in"
    assert walker.open("/account/").heading.startswith("Hello")
    assert recovers(ADA).heading == "About you"


def test_a11_06_a_code_for_an_address_has_five_tries(walker: Walker, ada: Account) -> None:
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address=HOME)
    code = code_for(HOME)

    for _try in range(5):
        walker.send(code="000000" if code != "000000" else "111111")
    walker.send(code=code)

    assert "no longer good" in walker.text
    assert own(ada) == [(ADA, True)]


def test_a11_06_a_code_for_an_address_lives_ten_minutes(walker: Walker, ada: Account) -> None:
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address=HOME)
    AddressChange.objects.update(ends_at=timezone.now())

    walker.send(code=code_for(HOME))

    assert "no longer good" in walker.text


def test_a11_09_mail_to_a_new_address_counts_with_all_other_mail_to_it(walker: Walker, ada: Account) -> None:
    forgets_limits()
    Walker().open("/recover/").send(identifier=HOME)

    walker.open(f"{PAGE}add/email/").send(address=HOME)

    assert walker.status == 429
    assert [to for to, _text in mails()].count(HOME) == 1


def test_a04_06_verified_is_only_the_very_address_that_was_proven(walker: Walker, ada: Account) -> None:
    replaces(walker, ADA, HOME)
    assert of_person(ada, {"email"}) == {"email": HOME, "email_verified": True}

    Identifier.objects.filter(account=ada, scope="", retired_at=None).update(verified_at=None)

    assert of_person(ada, {"email"}) == {"email": HOME, "email_verified": False}


def test_a_brand_that_calls_somebody_by_the_old_address_follows_and_others_names_stay(
    shop: Kaffeehaus, catalogue: Site, tea: Site, walker: Walker, ada: Account
) -> None:
    tea_member = tea.post(user(ADA)).json()
    tea.patch(tea_member["id"], {"op": "replace", "path": "userName", "value": "countess"})
    (before,) = catalogue.find(f'userName eq "{ADA}"')

    replaces(walker, ADA, HOME)

    (seen,) = catalogue.find(f'userName eq "{HOME}"')
    assert seen["id"] == before["id"]
    assert [mail["value"] for mail in seen["emails"]] == [HOME]
    assert seen["meta"]["version"] != before["meta"]["version"]
    assert seen["meta"]["lastModified"] > before["meta"]["lastModified"]
    there = tea.get(f"/Users/{tea_member['id']}").json()
    assert there["userName"] == "countess"
    assert [mail["value"] for mail in there["emails"]] == [HOME]
    assert catalogue.find(f'userName eq "{ADA}"') == []

    Walker().open(undo_links(ADA)[0]).press("Undo it")
    assert [mail["value"] for mail in catalogue.get(f"/Users/{seen['id']}").json()["emails"]] == [ADA]


def test_who_proves_an_address_takes_the_name_from_whom_a_brand_called_so(
    shop: Kaffeehaus, catalogue: Site, walker: Walker, ada: Account
) -> None:
    other = catalogue.post(user("bob@example.com") | {"userName": HOME}).json()

    replaces(walker, ADA, HOME)

    (seen,) = catalogue.find(f'userName eq "{HOME}"')
    assert Membership.objects.get(pk=seen["id"]).account == ada
    assert catalogue.get(f"/Users/{other['id']}").json()["userName"] != HOME


def test_an_address_that_was_given_up_is_free_for_its_next_owner(walker: Walker, ada: Account) -> None:
    adds(walker, WORK)
    removes(walker, WORK)

    assert registers(WORK, ANOTHER, given_name="Bob").heading == "Hello, Bob"
    assert Walker().open(undo_links(WORK)[0]).press("Undo it").heading == "This link no longer works"
