"""The numbers of visits are kept while a consent to analytics stands, and no longer."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import events
from accounts.events import SYSTEM, Change, EventType
from accounts.models import Account, Brand, Event, Membership, ProfileValue, Source
from accounts.profiles import Said, say
from accounts.registration import Met, create_lite
from accounts.values import Value
from consent.models import Decision, LawfulBasis, Method, Purpose
from provisioning import tracking
from provisioning.models import Website
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import SITE, Customer

pytestmark = pytest.mark.django_db

VISITS: dict[str, Value] = {"visitor_id": "v-1", "crm_visitor_id": "h-1", "ads_client_id": "g-1"}


@pytest.fixture
def shop(db: None) -> Brand:
    return scene.brand()


@pytest.fixture
def analytics(shop: Brand) -> Purpose:
    return allowing(shop)


@pytest.fixture
def website(shop: Brand) -> Website:
    return Website.objects.create(brand=shop, name="catalogue")


@pytest.fixture
def vera(website: Website, analytics: Purpose) -> Customer:
    """She agreed to analytics; the website told of her visits after that."""
    vera = meet(website, "vera@example.com", given_name="Vera")
    vera.gives(analytics)
    says(website, vera, **VISITS)
    return vera


def allowing(brand: Brand, key: str = "analytics") -> Purpose:
    purpose = scene.purpose(brand, key)
    purpose.allows_tracking = True
    purpose.save()
    return purpose


def meet(website: Website, email: str, **values: Value) -> Customer:
    said = Said(Source.WEBSITE, str(website.pk), timezone.now())
    met = Met.at(email, values, said)
    return Customer(create_lite(website.brand, met, SITE, how="scim"), email, values)


def says(website: Website, customer: Customer, **values: Value) -> None:
    tells(Said(Source.WEBSITE, str(website.pk), timezone.now()), customer, website.brand, **values)


def tells(said: Said, customer: Customer, brand: Brand, **values: Value) -> None:
    with transaction.atomic():
        account = Account.objects.locked([customer.account.pk])[0]
        changed = say(account, values, said)
        events.record([Change(EventType.PROFILE_CHANGED, account.pk, SYSTEM, brand.pk, changed)])


def known(customer: Customer) -> set[str]:
    rows = ProfileValue.objects.filter(account=customer.account)
    return set(rows.values_list("attribute", flat=True))


def test_with_consent_they_are_kept(vera: Customer) -> None:
    assert known(vera) == {"given_name", *VISITS}


def test_without_an_answer_they_vanish_in_the_transaction_that_brought_them(
    website: Website, analytics: Purpose
) -> None:
    vera = meet(website, "vera@example.com", given_name="Vera", **VISITS)

    assert known(vera) == {"given_name"}


@pytest.mark.parametrize("decision", [Decision.REFUSED, Decision.PENDING, Decision.UNPROVEN])
def test_an_answer_that_is_no_consent_keeps_none(
    website: Website, analytics: Purpose, decision: Decision
) -> None:
    vera = meet(website, "vera@example.com")
    vera.answers(analytics, decision, Method.SCIM)

    says(website, vera, **VISITS)

    assert known(vera) == set()


def test_a_brand_without_such_a_purpose_keeps_none(website: Website) -> None:
    vera = meet(website, "vera@example.com", **VISITS)

    assert known(vera) == set()


def test_a_purpose_that_does_not_allow_tracking_keeps_none(website: Website, shop: Brand) -> None:
    newsletter = scene.purpose(shop)
    vera = meet(website, "vera@example.com")
    vera.gives(newsletter)

    says(website, vera, **VISITS)

    assert known(vera) == set()


def test_they_come_with_the_consent_in_one_transaction(website: Website, analytics: Purpose) -> None:
    with events.together():
        vera = meet(website, "vera@example.com", **VISITS)
        vera.gives(analytics)

    assert known(vera) == set(VISITS)


def test_withdrawal_forgets_them_and_tells_which(vera: Customer, analytics: Purpose) -> None:
    vera.withdraws(analytics)

    assert known(vera) == {"given_name"}
    told = Event.objects.filter(actor_id="tracking").latest("at")
    assert (told.type, told.fields) == (EventType.PROFILE_CHANGED, sorted(VISITS))
    assert told.brand_id == analytics.brand_id


def test_one_of_two_consents_is_enough(vera: Customer, analytics: Purpose, shop: Brand) -> None:
    personalisation = allowing(shop, "personalisation")
    tracking.known_answers.forget()
    vera.gives(personalisation)

    vera.withdraws(analytics)
    assert set(VISITS) <= known(vera)
    vera.withdraws(personalisation)

    assert known(vera) == {"given_name"}


def test_what_another_brand_may_know_stays(vera: Customer, analytics: Purpose) -> None:
    bakery = scene.brand("bakery")
    theirs = allowing(bakery)
    tracking.known_answers.forget()
    oven = Website.objects.create(brand=bakery, name="oven")
    there = Customer(Membership.objects.create(account=vera.account, brand=bakery, how="scim"), vera.email)
    there.gives(theirs)
    says(oven, there, visitor_id="v-2")

    vera.withdraws(analytics)

    left = ProfileValue.objects.get(account=vera.account, attribute="visitor_id")
    assert (left.value, left.said_by) == ("v-2", str(oven.pk))


def test_targets_forget_them_too(vera: Customer, analytics: Purpose) -> None:
    crm = scene.connector(analytics, "webhook")

    vera.withdraws(analytics)

    assert vera.link(crm).is_behind


def test_what_a_target_found_out_goes_with_the_consent_to_that_target(
    vera: Customer, analytics: Purpose, shop: Brand
) -> None:
    newsletter = scene.purpose(shop)
    crm = scene.connector(newsletter, "webhook")
    tracking.known_answers.forget()
    found = Said(Source.TARGET, str(crm.pk), timezone.now())
    vera.gives(newsletter)
    tells(found, vera, shop, lifecycle_stage="customer", city="Berlin", country="DE")
    assert {"lifecycle_stage", "city", "country"} <= known(vera)

    vera.withdraws(analytics)
    assert known(vera) == {"given_name", "lifecycle_stage", "country"}, "only where she was is tracking"
    vera.withdraws(newsletter)

    assert known(vera) == {"given_name"}


def test_what_a_customer_said_is_never_forgotten_so(vera: Customer, analytics: Purpose) -> None:
    vera.says(country="AT", interests=["tea"])

    vera.withdraws(analytics)

    assert known(vera) == {"given_name", "country", "interests"}


def test_a_legitimate_interest_counts_until_somebody_objects(website: Website, analytics: Purpose) -> None:
    analytics.lawful_basis = LawfulBasis.LEGITIMATE_INTEREST
    analytics.save()
    vera = meet(website, "vera@example.com", **VISITS)
    assert known(vera) == set(VISITS)

    vera.answers(analytics, Decision.REFUSED)

    assert known(vera) == set()


def test_events_that_can_not_concern_it_cost_no_query(vera: Customer, analytics: Purpose) -> None:
    tracking.on_events([event(vera, EventType.CONSENT_CHANGED, "consent.newsletter")])
    others = [
        event(vera, EventType.SIGNED_IN),
        event(vera, EventType.PROFILE_CHANGED, "given_name", "interests"),
        event(vera, EventType.CONSENT_CHANGED, "consent.newsletter"),
        event(vera, EventType.ACCOUNT_CREATED, "email"),
    ]

    with CaptureQueriesContext(connection) as asked:
        tracking.on_events(others)

    assert len(asked) == 0


def test_many_people_cost_no_more_queries_than_one(website: Website, analytics: Purpose) -> None:
    def cost(number: int) -> int:
        people = scene.crowd(analytics, number)
        for one in people:
            says(website, one, **VISITS)
        ids = [one.account.pk for one in people]
        Purpose.objects.update(allows_tracking=False)
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            tracking.forget(ids, timezone.now())
        Purpose.objects.update(allows_tracking=True)
        assert not ProfileValue.objects.filter(account__in=ids, attribute__in=VISITS).exists()
        return len(asked)

    assert cost(12) == cost(1)


def event(customer: Customer, type: EventType, *fields: str) -> Event:
    return Event(
        id=uuid.uuid4(),
        type=type,
        account_id=customer.account.pk,
        brand_id=customer.membership.brand_id,
        fields=list(fields),
        actor_kind="customer",
        actor_id="",
    )
