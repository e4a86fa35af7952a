"""What a website reports of a purpose with double opt-in waits until the person says yes in their mailbox."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.memberships import set_status
from accounts.models import (
    Account,
    Event,
    Identifier,
    IdentifierKind,
    Membership,
    MembershipStatus,
)
from auth_flows.models import BrowserSession
from ciam.lib.crypto import keyed_hash
from ciam.lib.models import Counter, Mail
from consent.models import ConsentRecord, Decision, Method, PurposeVersion, text_hash
from tests.consent.reported import ADA, SITE, link, links, meets, own_address, reports, stands
from tests.people import NEWSLETTER_TEXT, Kaffeehaus, customer, purpose
from tests.provisioning.scim.door import proven, site, user
from tests.walking import Walker, mails

pytestmark = pytest.mark.django_db


def test_the_person_is_asked_by_mail_and_their_yes_is_the_consent(
    ada: Account, newsletter: PurposeVersion
) -> None:
    reported = ConsentRecord.objects.get()
    assert reported.decision == Decision.PENDING

    page = Walker().open(link())
    assert page.heading == "May Kaffeehaus do this?"
    assert NEWSLETTER_TEXT in page.text
    page.press("Yes, I agree")

    assert "You agreed" in page.text
    record = ConsentRecord.objects.get(decision=Decision.GIVEN)
    assert (record.parent_id, record.version_id, record.method) == (
        reported.pk,
        newsletter.pk,
        Method.CLICK,
    )
    assert (record.text_hash, record.locale) == (text_hash(NEWSLETTER_TEXT), "en")
    assert record.surface == f"{settings.BASE_URL}/preferences/confirm/"
    assert record.address_hash == keyed_hash("address", "127.0.0.1")
    assert record.agent_hash


def test_a_no_is_an_answer_too(ada: Account, newsletter: PurposeVersion) -> None:
    page = Walker().open(link()).press("No")

    assert "You said no" in page.text
    assert stands(ada, newsletter) == Decision.REFUSED
    assert own_address(ada).verified_at is None


def test_whoever_reads_the_mailbox_has_proven_it_and_is_signed_in_nowhere(ada: Account) -> None:
    assert own_address(ada).verified_at is None

    page = Walker().open(link()).press("Yes, I agree")

    assert own_address(ada).verified_at is not None
    assert Event.objects.filter(type="identifier.verified", account_id=ada.pk).count() == 1
    assert not BrowserSession.objects.exists()
    assert "sessionid" not in page.browser.cookies
    assert settings.SESSION_COOKIE_NAME not in page.browser.cookies


def test_an_address_of_which_only_the_brand_speaks_proves_no_other(newsletter: PurposeVersion) -> None:
    ada = meets(newsletter.purpose.brand)
    Identifier.objects.filter(account=ada, scope="").update(value="own@example.com", normal="own@example.com")

    reports(ada, newsletter)
    assert links("own@example.com") == []
    Walker().open(link()).press("Yes, I agree")

    assert stands(ada, newsletter) == Decision.GIVEN
    assert own_address(ada).verified_at is None


def test_what_was_answered_since_is_not_overridden(ada: Account, newsletter: PurposeVersion) -> None:
    page = Walker().open(link())
    reports(ada, newsletter, decision=Decision.WITHDRAWN, after=dt.timedelta(seconds=1))

    page.press("Yes, I agree")

    assert stands(ada, newsletter) == Decision.WITHDRAWN
    assert "answered elsewhere since" in page.text


def test_the_wording_is_the_one_that_was_shown(newsletter: PurposeVersion) -> None:
    PurposeVersion.objects.filter(pk=newsletter.pk).update(
        titles={"en": "Newsletter", "de": "Rundbrief"}, texts={"en": "Mail?", "de": "Post?"}
    )
    newsletter.refresh_from_db()
    reports(meets(newsletter.purpose.brand), newsletter, locale="de")
    PurposeVersion.objects.create(
        purpose=newsletter.purpose,
        number=2,
        titles={"de": "Anders"},
        texts={"de": "Anders?"},
        published_at=timezone.now(),
    )

    page = Walker().open(link())
    assert "Rundbrief" in mails()[-1][1]
    assert ("Post?" in page.text, "Anders?" in page.text) == (True, False)
    assert Mail.objects.get().locale == "de"
    page.press("Yes, I agree")

    record = ConsentRecord.objects.get(decision=Decision.GIVEN)
    assert (record.locale, record.text_hash) == ("de", text_hash("Post?"))


def test_several_purposes_are_one_mail_and_each_its_own_answer(
    shop: Kaffeehaus, newsletter: PurposeVersion
) -> None:
    events = purpose(shop.brand, "events", "May we invite you?")
    events.purpose.double_opt_in = True
    events.purpose.save()
    ada = meets(shop.brand)

    reports(ada, newsletter, events)
    assert len(links()) == 1
    page = Walker().open(link())
    page.send(0, answer="yes")

    assert {stands(ada, newsletter), stands(ada, events)} == {Decision.GIVEN, Decision.PENDING}
    page.press("No")
    assert {stands(ada, newsletter), stands(ada, events)} == {Decision.GIVEN, Decision.REFUSED}


def test_a_purpose_without_double_opt_in_asks_nobody(shop: Kaffeehaus) -> None:
    reports(meets(shop.brand), shop.newsletter)

    assert links() == []


def test_without_an_address_nobody_is_asked(newsletter: PurposeVersion) -> None:
    ada = meets(newsletter.purpose.brand)
    Identifier.objects.filter(account=ada, kind=IdentifierKind.EMAIL).delete()

    reports(ada, newsletter)

    assert stands(ada, newsletter) == Decision.PENDING
    assert not Mail.objects.exists()


def test_what_was_given_is_not_made_to_wait_again(ada: Account, newsletter: PurposeVersion) -> None:
    Walker().open(link()).press("Yes, I agree")

    reports(ada, newsletter, after=dt.timedelta(minutes=2))

    assert stands(ada, newsletter) == Decision.GIVEN
    assert len(links()) == 1


def test_the_same_report_asks_again_as_far_as_the_limits_of_mail_let_it(
    ada: Account, newsletter: PurposeVersion
) -> None:
    """One a minute, five an hour, ten a day; what is held back fails nothing."""
    sent = []
    for minute in range(1, 26 * 60, 2):
        reports(ada, newsletter, after=dt.timedelta(minutes=minute))
        sent.append(Mail.objects.count())
        reports(ada, newsletter, after=dt.timedelta(minutes=minute, seconds=1))
        assert Mail.objects.count() == sent[-1]

    assert (sent[10], sent[29]) == (5, 5)
    assert max(sent[: 12 * 60]) == 10
    assert ConsentRecord.objects.count() == 1


def test_tags_of_one_mailbox_share_its_limits(newsletter: PurposeVersion) -> None:
    for number in range(5):
        reports(meets(newsletter.purpose.brand, f"ada+{number}@example.com"), newsletter)

    assert Mail.objects.count() == 1
    assert not Counter.objects.filter(key__contains="ada").exists()


def test_who_left_and_asked_again_comes_back_by_the_yes(newsletter: PurposeVersion) -> None:
    ada = customer(ADA, brand=newsletter.purpose.brand)
    set_status(ada.memberships.get(), MembershipStatus.ENDED, SITE)
    reports(ada, newsletter, after=dt.timedelta(seconds=1))

    Walker().open(link()).press("Yes, I agree")

    assert Membership.objects.get(account=ada).status == MembershipStatus.ACTIVE


def test_who_left_after_asking_stays_away(ada: Account, newsletter: PurposeVersion) -> None:
    path = link()
    set_status(Membership.objects.get(account=ada), MembershipStatus.ENDED, SITE)

    Walker().open(path).press("Yes, I agree")

    assert Membership.objects.get(account=ada).status == MembershipStatus.ENDED


def test_what_comes_by_scim_asks_as_well(newsletter: PurposeVersion) -> None:
    shop = site(newsletter.purpose.brand)

    assert shop.post(user(ADA, consents=[proven(newsletter)])).status_code == 201
    assert len(links()) == 1
    Walker().open(link()).press("Yes, I agree")

    assert stands(Account.objects.get(), newsletter) == Decision.GIVEN
