"""Somebody who leaves an address that the brand has already."""

from demo.shop.scim import CUSTOMER
from tests.shop.met import Ciam, leave_address
from tests.shop.running import RunningShop


def test_a_new_yes_to_the_newsletter_is_not_lost(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        answer = leave_address(ada, newsletter=True)

    assert answer.headers["Location"] == "/catalogue/thanks"
    [consent] = ciam.user()[CUSTOMER]["consents"]
    assert (consent["purpose"], consent["decision"]) == ("newsletter", "given")
    assert consent["surface"] == f"{open_shop.url}/catalogue"


def test_each_new_yes_comes_alone_and_no_number_with_it(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        leave_address(ada, newsletter=True, analytics=True)

    known = ciam.user()[CUSTOMER]
    assert {one["purpose"] for one in known["consents"]} == {"newsletter", "analytics"}
    assert "visitorId" not in known


def test_nothing_but_the_answer_is_taken_over(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada, open_shop.browser() as mallory:
        leave_address(ada, likes="espresso")
        before = ciam.user()[CUSTOMER]
        leave_address(mallory, likes="decaf", newsletter=True)

    after = ciam.user()[CUSTOMER]
    assert after.pop("consents")
    assert after == before


def test_no_tick_changes_nothing(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, newsletter=True)
        before = ciam.user()

        leave_address(ada, likes="decaf")

    assert ciam.user() == before


def test_an_address_in_any_letters_is_found(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, email="Ada@Bücher.de")
        known = ciam.user(email="Ada@Bücher.de")

        leave_address(ada, email="ada@bücher.de", newsletter=True)

    assert "consents" not in known[CUSTOMER]
    assert ciam.user(email="Ada@Bücher.de")[CUSTOMER]["consents"]
