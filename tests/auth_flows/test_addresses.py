"""Addresses in self-service: a new one counts once it is proven, and the old ones hear of it."""

import re

import pytest
from django.utils import timezone

from accounts.identifiers import account_with_email, email, row_of
from accounts.models import Account, AddressChange, Event, Identifier
from accounts.snapshot import snapshot
from auth_flows.models import BrowserSession
from ciam.lib.models import Counter
from tests.auth_flows.test_recovery import ADA, signs_in
from tests.auth_flows.test_sign_in_pages import signed_in
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db

WORK = "ada@work.example"
HOME = "ada@home.example"
PAGE = "/account/addresses/"


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return customer(ADA, brand=shop.brand)


@pytest.fixture
def walker(ada: Account) -> Walker:
    """Ada, signed in just now."""
    return signs_in(PASSWORD).send(agree_terms="on").open(PAGE)


def forgets_limits() -> None:
    Counter.objects.update(ends_at=timezone.now())


def adds(walker: Walker, address: str) -> Walker:
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address=address)
    return walker.send(code=code_for(address)) if walker.heading == "Prove the new address" else walker


def replaces(walker: Walker, old: str, address: str) -> Walker:
    forgets_limits()
    row = Identifier.objects.get(scope="", normal=old, retired_at=None)
    return walker.open(f"{PAGE}replace/{row.pk}/").send(address=address).send(code=code_for(address))


def removes(walker: Walker, old: str) -> Walker:
    row = Identifier.objects.get(scope="", normal=old, retired_at=None)
    return walker.open(f"{PAGE}remove/{row.pk}/").press("Remove")


def own(account: Account) -> list[tuple[str, bool]]:
    """(address, is the main one) of every live one."""
    rows = Identifier.objects.filter(account=account, scope="", retired_at=None).order_by("value")
    return [(row.value, row.is_primary) for row in rows]


def undo_links(address: str) -> list[str]:
    text = "\n".join(body for to, body in mails() if to == address)
    return re.findall(r"http\S+?(/account/addresses/undo/\S+)", text)


def test_the_overview_leads_here_and_shows_what_there_is(walker: Walker) -> None:
    walker.open("/account/")
    link = walker.soup.find("a", string="Change them")
    assert link is not None

    walker.open(str(link["href"]))

    assert walker.heading == "How we find you"
    assert ADA in walker.text
    assert not walker.soup.find("a", string=re.compile("^Remove")), "it is the only one"


def test_a_second_address_counts_once_its_code_is_typed(walker: Walker, ada: Account) -> None:
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address="Ada@Work.Example")
    assert own(ada) == [(ADA, True)]

    walker.send(code="000000")
    assert "This is not the code" in walker.text
    walker.send(code=code_for("Ada@work.example"))

    assert own(ada) == [("Ada@work.example", False), (ADA, True)]
    assert walker.heading == "How we find you"
    assert Identifier.objects.get(normal=WORK, scope="").verified_at is not None
    assert account_with_email(WORK) == ada
    assert Event.objects.filter(type="identifier.added").values_list("fields", flat=True).get() == ["email"]
    assert len(undo_links(ADA)) == 1


def test_who_proved_a_second_address_signs_in_with_either(walker: Walker) -> None:
    adds(walker, WORK)

    assert signs_in(PASSWORD, WORK).heading.startswith("Hello")


def test_replacing_the_main_address_makes_the_new_one_main(walker: Walker, ada: Account) -> None:
    replaces(walker, ADA, HOME)

    assert own(ada) == [(HOME, True)]
    assert account_with_email(ADA) is None
    told = [(to, text) for to, text in mails() if "was replaced" in text]
    assert [to for to, _text in told] == [ADA]
    assert HOME not in told[0][1]
    event = Event.objects.filter(type="identifier.changed", brand_id=None).get()
    assert (event.actor_kind, event.fields) == ("customer", ["email"])


def test_the_main_one_is_chosen(walker: Walker, ada: Account) -> None:
    adds(walker, WORK)

    walker.press("Make it the main one")

    assert own(ada) == [(ADA, False), (WORK, True)]
    mail = snapshot(ada).email
    assert mail is not None
    assert mail.value == WORK
    assert {to for to, text in mails() if "another main address" in text} == {ADA, WORK}


def test_an_address_is_removed_and_the_main_one_has_an_heir(walker: Walker, ada: Account) -> None:
    adds(walker, WORK)

    removes(walker, ADA)

    assert own(ada) == [(WORK, True)]
    assert account_with_email(ADA) is None
    assert Event.objects.filter(type="identifier.removed").count() == 1
    assert {to for to, text in mails() if "was removed" in text} == {ADA, WORK}


def test_the_last_proven_mailbox_stays(walker: Walker, ada: Account) -> None:
    row_of(email(WORK, is_primary=False), ada).save()

    removes(walker, ADA)

    assert "last proven mailbox" in walker.text
    assert own(ada) == [(ADA, True), (WORK, False)]


def test_an_own_address_is_not_added_again(walker: Walker) -> None:
    adds(walker, "ADA@example.com")

    assert "You have this one already" in walker.text
    assert not AddressChange.objects.exists()


def test_an_own_unproven_address_is_proven(walker: Walker, ada: Account) -> None:
    row_of(email(WORK, is_primary=False), ada).save()

    adds(walker, WORK)

    assert Identifier.objects.get(scope="", normal=WORK).verified_at is not None
    assert own(ada) == [(ADA, True), (WORK, False)]


def test_only_the_newest_code_and_the_newest_change_count(walker: Walker, ada: Account) -> None:
    forgets_limits()
    walker.open(f"{PAGE}add/email/").send(address=WORK)
    first, code = walker.url, code_for(WORK)
    forgets_limits()
    walker.press("Send a new code").send(code=code)
    assert "This is not the code" in walker.text

    adds(walker, HOME)

    assert walker.open(first).status == 404
    assert own(ada) == [(ADA, True), (HOME, False)]


def test_undoing_brings_the_old_address_back_and_signs_everybody_out(walker: Walker, ada: Account) -> None:
    replaces(walker, ADA, HOME)
    (link,) = undo_links(ADA)
    owner = Walker().open(link)
    assert owner.heading == "Undo the change?"
    assert own(ada) == [(HOME, True)]

    owner.press("Undo it")

    assert owner.heading == "It is undone"
    assert own(ada) == [(ADA, True)]
    assert not BrowserSession.objects.exists()
    assert not signed_in(walker)
    assert Walker().open(link).status == 404
    assert signs_in(PASSWORD).heading.startswith("Hello")


def test_undoing_a_removal_and_an_addition(walker: Walker, ada: Account) -> None:
    adds(walker, WORK)
    removes(walker, ADA)

    Walker().open(undo_links(ADA)[-1]).press("Undo it")
    assert own(ada) == [(ADA, True), (WORK, False)]
    Walker().open(undo_links(ADA)[0]).press("Undo it")

    assert own(ada) == [(ADA, True)]


def test_an_old_address_that_is_somebody_elses_by_now_does_not_come_back(
    walker: Walker, ada: Account
) -> None:
    replaces(walker, ADA, HOME)
    bob = customer(ADA)

    owner = Walker().open(undo_links(ADA)[0]).press("Undo it")

    assert owner.heading == "This link no longer works"
    assert account_with_email(ADA) == bob
    assert own(ada) == [(HOME, True)]
