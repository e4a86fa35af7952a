"""A new wording asks again where it matters; what was agreed to before stays what it was."""

import pytest

from accounts.models import Account
from consent import ledger
from consent.models import Decision, PurposeVersion
from tests.consent.saying import DAY, NOW, agrees, new_wording, says, somebody
from tests.people import Kaffeehaus, kaffeehaus

pytestmark = pytest.mark.django_db

LATER = NOW + 30 * DAY
MORE = ["email", "given_name", "family_name", "interests", "birthdate"]


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    ada = somebody()
    for version in (shop.terms, shop.newsletter):
        agrees(ada, version)
    return ada


def releases(account: Account, version: PurposeVersion) -> frozenset[str]:
    key = (account.pk, version.purpose_id)
    return ledger.standings([account.pk], [version.purpose], LATER + DAY)[key].releases


def test_a_material_one_asks_again_and_another_one_does_not(shop: Kaffeehaus, ada: Account) -> None:
    fixed_typo = new_wording(shop.newsletter, LATER, material=False)
    assert ledger.due(ada.pk, shop.brand) == []

    tells_of_more = new_wording(fixed_typo, LATER, material=True)
    assert ledger.due(ada.pk, shop.brand) == [tells_of_more]


def test_an_old_yes_is_not_silently_a_yes_to_more(shop: Kaffeehaus, ada: Account) -> None:
    before = releases(ada, shop.newsletter)

    for material in (False, True):
        newest = new_wording(ledger.latest_versions(shop.brand)[1], LATER, material=material, releases=MORE)
        assert releases(ada, shop.newsletter) == before

    agrees(ada, newest, LATER)
    assert releases(ada, shop.newsletter) == frozenset(MORE)
    assert before == frozenset(shop.newsletter.releases)


def test_what_a_new_wording_no_longer_tells_of_goes_on_for_whoever_agreed_to_it(
    shop: Kaffeehaus, ada: Account
) -> None:
    less = new_wording(shop.newsletter, LATER, material=True, releases=["email"])
    bob = somebody()
    agrees(bob, less, LATER)

    assert releases(ada, shop.newsletter) == frozenset(shop.newsletter.releases)
    assert releases(bob, shop.newsletter) == frozenset(["email"])


def test_a_no_stands_until_a_material_wording_asks(shop: Kaffeehaus) -> None:
    ada = somebody()
    agrees(ada, shop.terms)
    says(ada, shop.newsletter, Decision.REFUSED)
    typo = new_wording(shop.newsletter, LATER, material=False)
    assert ledger.due(ada.pk, shop.brand) == []

    other = new_wording(typo, LATER, material=True)

    assert ledger.due(ada.pk, shop.brand) == [other]


def test_another_brands_wording_of_the_same_name_changes_nothing_here(shop: Kaffeehaus, ada: Account) -> None:
    tea = kaffeehaus("teehaus", is_default=False)

    new_wording(tea.newsletter, LATER, material=True)

    assert ledger.due(ada.pk, shop.brand) == []
    assert releases(ada, tea.newsletter) == frozenset()
