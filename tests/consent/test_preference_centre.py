"""The page of choices behind a link in a mail: who gets in, what it shows, what its buttons do."""

import pytest
from django.test import Client

from accounts.models import Account, Brand
from consent import ledger
from consent.models import ConsentRecord, Decision, PurposeVersion
from tests.consent.choosing import interest, member_of, next_wording, page_of, with_rules
from tests.consent.reported import ADA, link, meets, reports, stands
from tests.people import Kaffeehaus, kaffeehaus
from tests.walking import Walker, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    """Known to the shop, who agreed to the newsletter there."""
    ada = meets(shop.brand)
    reports(ada, shop.newsletter)
    return ada


def opened(account: Account, brand: Brand) -> Walker:
    page = Walker().open(page_of(account, brand))
    assert page.status == 200
    return page


def answers(account: Account, version: PurposeVersion) -> list[str]:
    records = ConsentRecord.objects.filter(account=account, purpose=version.purpose_id).order_by("id")
    return list(records.values_list("decision", flat=True))


def test_each_purpose_is_shown_with_what_it_does(ada: Account, shop: Kaffeehaus) -> None:
    with_rules(shop.newsletter, channels=["email", "sms"])

    page = opened(ada, shop.brand)

    assert page.heading == "Your choices at Kaffeehaus"
    for told in (
        shop.newsletter.texts["en"],
        "You agreed",
        "Shares: E-mail address, First name, Last name, Interests",
        "Reaches you by: e-mail, text message",
        "on shop.example",
        shop.terms.texts["en"],
        "it can't be withdrawn here",
    ):
        assert told in page.text, told


def test_the_page_tells_nothing_of_the_person(ada: Account, shop: Kaffeehaus) -> None:
    response = Client().get(page_of(ada, shop.brand))

    told = response.content.decode()
    assert "a•••@e•••.com" in told
    for secret in (ADA, "example.com", str(ada.pk), ada.pk.hex, str(member_of(ada, shop.brand).pk)):
        assert secret not in told
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not response.cookies


def test_looking_changes_nothing(ada: Account, shop: Kaffeehaus) -> None:
    """Programs that check mail open every link, and browsers fetch ahead."""
    path = page_of(ada, shop.brand)

    for _look in range(2):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
        assert Client().get(path, headers={"Sec-Purpose": "prefetch"}).status_code == 200
        assert Client().get(f"{path}?stop=everything&decision=withdrawn").status_code == 200
    assert Client().options(path).status_code == 405

    assert answers(ada, shop.newsletter) == [Decision.GIVEN]


def test_withdrawing_and_agreeing_again_take_one_press_each(ada: Account, shop: Kaffeehaus) -> None:
    page = opened(ada, shop.brand)

    page.press("Withdraw")
    assert "are being told now" in page.text
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
    page.press("Agree")
    assert "You agreed" in page.text

    last = ConsentRecord.objects.latest("id")
    assert (last.decision, last.method, last.actor_kind) == ("given", "click", "customer")
    assert last.surface == "http://localhost:8000/preferences/"


def test_the_buttons_need_no_cookie(ada: Account, shop: Kaffeehaus) -> None:
    """The address is the proof; a browser that keeps no cookies sends none back."""
    sent = {"version": str(shop.newsletter.pk), "decision": "withdrawn"}

    answer = Client(enforce_csrf_checks=True).post(page_of(ada, shop.brand), sent)

    assert answer.status_code == 302
    assert not answer.cookies
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN


def test_a_form_that_is_sent_again_turns_nothing_round(ada: Account, shop: Kaffeehaus) -> None:
    page = opened(ada, shop.brand).press("Withdraw")
    old = Walker(url=page.url, response=page.response)
    page.press("Agree").press("Withdraw")

    old.press("Agree")

    assert "Nothing was changed" in old.text
    assert answers(ada, shop.newsletter) == ["given", "withdrawn", "given", "withdrawn"]


def test_an_old_pages_withdraw_is_taken_and_never_agrees(ada: Account, shop: Kaffeehaus) -> None:
    first, second = opened(ada, shop.brand), opened(ada, shop.brand)
    first.press("Withdraw")
    second.press("Withdraw")
    assert answers(ada, shop.newsletter) == ["given", "withdrawn"]

    third = opened(ada, shop.brand).press("Agree")
    next_wording(shop.newsletter, material=True)
    third.press("Withdraw")

    assert answers(ada, shop.newsletter) == ["given", "withdrawn", "given", "withdrawn"]


def test_a_yes_is_one_to_the_words_that_are_shown_now(ada: Account, shop: Kaffeehaus) -> None:
    page = opened(ada, shop.brand).press("Withdraw")
    next_wording(shop.newsletter, material=False)

    page.press("Agree")

    assert "Nothing was changed" in page.text
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN


def test_words_that_have_changed_in_what_matters_ask_anew(ada: Account, shop: Kaffeehaus) -> None:
    newer = next_wording(shop.newsletter, material=True)

    page = opened(ada, shop.brand)
    assert "You agreed to earlier words" in page.text
    page.press("Agree")

    record = ledger.current([ada.pk], [newer.purpose])[ada.pk, newer.purpose_id]
    assert record.version == newer
    assert "earlier words" not in page.text


def test_what_goes_with_the_contract_is_not_withdrawn_here(ada: Account, shop: Kaffeehaus) -> None:
    reports(ada, shop.terms)
    sent = {"version": str(shop.terms.pk), "decision": "withdrawn"}

    Client().post(page_of(ada, shop.brand), sent)
    Client().post(page_of(ada, shop.brand), {"stop": "everything"})

    assert stands(ada, shop.terms) == Decision.GIVEN


def test_somebody_objects_to_a_legitimate_interest_and_allows_it_again(
    ada: Account, shop: Kaffeehaus
) -> None:
    insights = interest(shop.brand)
    page = opened(ada, shop.brand)
    assert "You can object at any time" in page.text

    page.press("Object")
    assert "You objected" in page.text
    page.press("Allow again")

    assert "You allowed it" in page.text
    assert answers(ada, insights) == ["withdrawn", "given"]


def test_everything_stops_with_one_press(ada: Account, shop: Kaffeehaus) -> None:
    insights = interest(shop.brand)

    page = opened(ada, shop.brand).press("Stop everything")

    assert "All that you can stop is stopped" in page.text
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
    assert stands(ada, insights) == Decision.WITHDRAWN
    assert stands(ada, shop.terms) is None
    assert "Stop everything" not in page.text
    Client().post(page_of(ada, shop.brand), {"stop": "everything"})
    assert ConsentRecord.objects.count() == 3


def test_a_yes_to_a_purpose_with_double_opt_in_waits_for_the_mailbox(ada: Account, shop: Kaffeehaus) -> None:
    """Whoever was forwarded the mail can end what its owner agreed to, but not agree for them."""
    with_rules(shop.newsletter, double_opt_in=True)

    page = opened(ada, shop.brand).press("Withdraw").press("Agree")
    assert "We have sent you a mail" in page.text
    assert "Waiting for you to confirm" in page.text
    assert stands(ada, shop.newsletter) == Decision.PENDING

    Walker().open(link()).press("Yes, I agree")
    assert stands(ada, shop.newsletter) == Decision.GIVEN


def test_the_mail_to_confirm_is_sent_again_within_the_limits(ada: Account, shop: Kaffeehaus) -> None:
    with_rules(shop.newsletter, double_opt_in=True)
    page = opened(ada, shop.brand).press("Withdraw").press("Agree")

    page.press("Send the mail again")

    assert len(mails()) == 1
    assert stands(ada, shop.newsletter) == Decision.PENDING


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"decision": "withdrawn"},
        {"decision": "withdrawn", "version": "x"},
        {"decision": "unproven", "version": "11111111-1111-4111-8111-111111111111"},
        {"stop": "nothing"},
    ],
)
def test_what_no_button_says_is_refused(ada: Account, shop: Kaffeehaus, sent: dict[str, str]) -> None:
    assert Client().post(page_of(ada, shop.brand), sent).status_code == 400

    assert answers(ada, shop.newsletter) == [Decision.GIVEN]


def test_a_link_of_one_brand_does_nothing_at_another(ada: Account, shop: Kaffeehaus) -> None:
    other = kaffeehaus("teehaus", is_default=False)
    meets(other.brand)
    reports(ada, other.newsletter)

    Client().post(page_of(ada, shop.brand), {"version": str(other.newsletter.pk), "decision": "withdrawn"})
    Client().post(page_of(ada, shop.brand), {"stop": "everything"})

    assert stands(ada, other.newsletter) == Decision.GIVEN
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
