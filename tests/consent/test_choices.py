"""The customer's choices on the overview: a button does what it says, whatever changed meanwhile."""

import pytest

from consent.models import ConsentRecord, Decision
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(shop: Kaffeehaus) -> Walker:
    """Signed in, with the newsletter agreed to."""
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    return walker.send(agree_terms="on", agree_newsletter="on")


def answers() -> list[str]:
    records = ConsentRecord.objects.filter(purpose__key="newsletter").order_by("id")
    return list(records.values_list("decision", flat=True))


def test_withdrawing_and_agreeing_again_take_one_press_each(ada: Walker) -> None:
    ada.press("Withdraw").press("Agree")

    assert answers() == [Decision.GIVEN, Decision.WITHDRAWN, Decision.GIVEN]


def test_an_old_pages_withdraw_never_agrees(ada: Walker) -> None:
    other = Walker(browser=ada.browser).open("/account/")
    ada.press("Withdraw")

    other.press("Withdraw")

    assert answers() == [Decision.GIVEN, Decision.WITHDRAWN]


def test_what_no_button_says_is_refused(ada: Walker, shop: Kaffeehaus) -> None:
    url = f"/account/consents/{shop.newsletter.pk}"
    token = {"csrfmiddlewaretoken": ada.value("csrfmiddlewaretoken")}

    for said in ({}, {"decision": "unproven"}, {"decision": "x"}):
        assert ada.browser.post(url, token | said).status_code == 400

    assert answers() == [Decision.GIVEN]


def test_terms_are_not_withdrawn_here(ada: Walker, shop: Kaffeehaus) -> None:
    token = {"csrfmiddlewaretoken": ada.value("csrfmiddlewaretoken")}

    ada.browser.post(f"/account/consents/{shop.terms.pk}", {**token, "decision": "withdrawn"})

    assert ConsentRecord.objects.get(purpose__key="terms").decision == Decision.GIVEN
