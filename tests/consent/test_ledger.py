"""What somebody agreed to: given, withdrawn, reported; what stands now and what stood then."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.events import Actor
from accounts.models import Account, Event
from consent import ledger
from consent.ledger import Given, Shown
from consent.models import ConsentRecord, Decision, Method, PurposeVersion, text_hash
from consent.proofs import Report, UnknownPurpose, answer
from tests.people import NEWSLETTER_TEXT, Kaffeehaus, customer, kaffeehaus, purpose

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
SITE = Actor("website", "site-1")


def said(
    account: Account,
    version: PurposeVersion,
    decision: Decision,
    at: dt.datetime = NOW,
    method: Method = Method.CLICK,
) -> list[ConsentRecord]:
    shown = Shown(version, text_hash(version.texts["en"]), "en", "/account/")
    given_now = Given(account.pk, shown, decision, method, Actor("customer", str(account.pk)), at)
    return ledger.write([given_now], at)


def stands(account: Account, version: PurposeVersion) -> Decision | None:
    record = ledger.current([account.pk], [version.purpose]).get((account.pk, version.purpose_id))
    return Decision(record.decision) if record else None


def proof(shop: Kaffeehaus, **other: object) -> Report:
    facts: dict[str, object] = {
        "purpose": "newsletter",
        "decision": Decision.GIVEN,
        "version": 1,
        "text_hash": text_hash(NEWSLETTER_TEXT),
        "locale": "en",
        "surface": "https://shop.example/catalogue",
        "at": NOW - dt.timedelta(seconds=5),
    }
    return Report(**(facts | other))  # type: ignore[arg-type]


def test_the_last_answer_stands_and_each_follows_its_parent(shop: Kaffeehaus) -> None:
    ada = customer()

    first = said(ada, shop.newsletter, Decision.GIVEN)[0]
    second = said(ada, shop.newsletter, Decision.WITHDRAWN, NOW + dt.timedelta(minutes=1))[0]

    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
    assert (first.parent_id, second.parent_id) == (None, first.pk)


def test_the_same_answer_again_adds_nothing(shop: Kaffeehaus) -> None:
    ada = customer()
    said(ada, shop.newsletter, Decision.GIVEN)

    assert said(ada, shop.newsletter, Decision.GIVEN, NOW + dt.timedelta(days=1)) == []
    assert ConsentRecord.objects.count() == 1


def test_an_answer_is_told_as_an_event_without_its_text(shop: Kaffeehaus) -> None:
    ada = customer()

    said(ada, shop.newsletter, Decision.GIVEN)

    event = Event.objects.get(type="consent.changed")
    assert (event.account_id, event.fields) == (ada.pk, ["consent.newsletter"])


def test_records_can_neither_be_changed_nor_removed_nor_forked(shop: Kaffeehaus) -> None:
    ada = customer()
    first = said(ada, shop.newsletter, Decision.GIVEN)[0]

    for change in (
        lambda: ConsentRecord.objects.update(decision=Decision.WITHDRAWN),
        lambda: ConsentRecord.objects.filter(pk=first.pk).delete(),
        lambda: ConsentRecord.objects.create(
            account=ada, version=shop.newsletter, purpose=shop.newsletter.purpose, said_at=NOW, at=NOW
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_report_with_its_proof_counts_as_given(shop: Kaffeehaus) -> None:
    ada = customer()
    shop.newsletter.published_at = NOW - dt.timedelta(days=1)
    shop.newsletter.save()

    ledger.write([answer(shop.brand, ada.pk, proof(shop), SITE, NOW)], NOW)

    assert stands(ada, shop.newsletter) == Decision.GIVEN


@pytest.mark.parametrize(
    "lack",
    [
        {"version": None},
        {"text_hash": ""},
        {"text_hash": "0" * 64},
        {"surface": ""},
        {"at": None},
        {"at": NOW + dt.timedelta(hours=1)},
        {"at": NOW - dt.timedelta(days=900)},
    ],
)
def test_a_report_that_lacks_any_part_of_its_proof_is_unproven(
    shop: Kaffeehaus, lack: dict[str, object]
) -> None:
    ada = customer()
    PurposeVersion.objects.update(published_at=NOW - dt.timedelta(days=1))

    ledger.write([answer(shop.brand, ada.pk, proof(shop, **lack), SITE, NOW)], NOW)

    assert stands(ada, shop.newsletter) == Decision.UNPROVEN
    assert not ledger.is_given(ConsentRecord.objects.get(), timezone.now())


def test_a_purpose_that_wants_a_double_opt_in_stays_pending(shop: Kaffeehaus) -> None:
    ada = customer()
    PurposeVersion.objects.update(published_at=NOW - dt.timedelta(days=1))
    shop.newsletter.purpose.double_opt_in = True
    shop.newsletter.purpose.save()

    ledger.write([answer(shop.brand, ada.pk, proof(shop), SITE, NOW)], NOW)

    assert stands(ada, shop.newsletter) == Decision.PENDING


def test_a_purpose_of_another_brand_is_unknown(shop: Kaffeehaus) -> None:
    tea = kaffeehaus("teehaus", is_default=False)
    purpose(tea.brand, "tea-news", "Tea.")

    with pytest.raises(UnknownPurpose):
        answer(shop.brand, customer().pk, proof(shop, purpose="tea-news"), SITE, NOW)


def test_a_report_never_undoes_a_later_answer_of_the_person(shop: Kaffeehaus) -> None:
    ada = customer()
    PurposeVersion.objects.update(published_at=NOW - dt.timedelta(days=1))
    said(ada, shop.newsletter, Decision.WITHDRAWN)

    ledger.write([answer(shop.brand, ada.pk, proof(shop), SITE, NOW)], NOW)
    unproven = proof(shop, surface="", at=NOW + dt.timedelta(minutes=1))
    ledger.write([answer(shop.brand, ada.pk, unproven, SITE, NOW)], NOW)

    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN


def test_only_a_material_new_version_asks_again(shop: Kaffeehaus) -> None:
    ada = customer()
    for version in (shop.terms, shop.newsletter):
        said(ada, version, Decision.GIVEN)
    assert ledger.due(ada.pk, shop.brand) == []

    for number, material in ((2, False), (3, True)):
        PurposeVersion.objects.create(
            purpose=shop.newsletter.purpose,
            number=number,
            titles={"en": "Newsletter"},
            texts={"en": f"Text {number}"},
            material=material,
            published_at=NOW,
        )
        asked = [version.number for version in ledger.due(ada.pk, shop.brand)]
        assert asked == ([3] if material else [])


def test_who_refused_a_free_choice_is_not_asked_again_and_terms_are(shop: Kaffeehaus) -> None:
    ada = customer()
    said(ada, shop.newsletter, Decision.REFUSED)
    said(ada, shop.terms, Decision.REFUSED)

    assert [version.purpose.key for version in ledger.due(ada.pk, shop.brand)] == ["terms"]


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(Decision)), max_size=12), st.integers(0, 60))
@settings(max_examples=60)
def test_what_stood_at_a_past_moment_is_the_last_answer_until_then(
    history: list[tuple[int, Decision]], moment: int
) -> None:
    with transaction.atomic():
        shop, ada = kaffeehaus(f"brand{ConsentRecord.objects.count()}", is_default=False), customer()
        expected = None
        for minute, decision in sorted(history, key=lambda one: one[0]):
            said(ada, shop.newsletter, decision, NOW + dt.timedelta(minutes=minute))
            if minute <= moment:
                expected = decision

        found = ledger.as_of(ada.pk, shop.newsletter.purpose, NOW + dt.timedelta(minutes=moment))

        assert (found.decision if found else None) == expected
        transaction.set_rollback(True)
