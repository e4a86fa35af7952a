"""It is as easy to withdraw as to give consent (GDPR, article 7 (3)): counted in forms that are sent."""

import pytest
from django.utils import timezone

from consent.models import ConsentRecord, Decision
from tests.consent.choosing import page_of
from tests.consent.saying import says
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker

pytestmark = pytest.mark.django_db


def forms_until(walker: Walker, label: str, decision: Decision) -> int:
    """How many forms somebody sends on this page, pressing `label`, until the newsletter stands so."""
    for number in range(1, 5):
        walker.press(label)
        if ConsentRecord.objects.filter(purpose__key="newsletter").latest("id").decision == decision:
            return number
    raise AssertionError(f"“{label}” leads nowhere")


@pytest.mark.parametrize("by_link", [False, True])
def test_withdrawing_takes_no_more_forms_than_giving(shop: Kaffeehaus, by_link: bool) -> None:
    ada = customer("ada@example.com", brand=shop.brand)
    for version in (shop.terms, shop.newsletter):
        says(ada, version, Decision.REFUSED if version == shop.newsletter else Decision.GIVEN, timezone.now())
    page = Walker()
    if by_link:
        page.open(page_of(ada, shop.brand))
    else:
        page.open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD).open("/account/")

    giving = forms_until(page, "Agree", Decision.GIVEN)
    withdrawing = forms_until(page, "Withdraw", Decision.WITHDRAWN)

    assert withdrawing <= giving == 1


def test_what_was_given_while_signing_in_is_withdrawn_with_as_many_forms(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    walker.send(agree_terms="on", agree_newsletter="on")
    assert ConsentRecord.objects.filter(purpose__key="newsletter", decision=Decision.GIVEN).exists()

    assert forms_until(walker.open("/account/"), "Withdraw", Decision.WITHDRAWN) == 1
