"""What HubSpot holds is compared with what we sent, and what it has found out is read back, 100 at a time."""

from collections.abc import Sequence

import pytest
from django.utils import timezone

from accounts.attributes import ATTRIBUTES
from accounts.models import ProfileValue, Source
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import delivery, matrix
from provisioning.connectors import KINDS
from provisioning.connectors.base import CanBeCompared, Push, ReadsBack
from provisioning.models import Connector, Link, Outcome, Website
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db
LATER = float("inf")
FORM = {"portal_id": "7", "form_guid": "5d1a8a5e-0000-4000-8000-000000000001"}


def asked(connector: Connector, customers: Sequence[Customer]) -> list[Push]:
    """As a run asks for them: what is wanted of each now."""
    accounts = [customer.account.pk for customer in customers]
    Link.objects.filter(connector=connector, account_id__in=accounts).update(sent=None)
    batch = delivery.claim(connector, KINDS["hubspot"], most=100, now=moment())
    return list(delivery.read(batch).pushes.values())


@pytest.fixture
def visits(hubspot: Target, newsletter: Purpose) -> Target:
    """Joins the visits of those who let it: the cookie is mapped, and the form named."""
    releases(newsletter, hubspot.connector, "email", "crm_visitor_id")
    newsletter.allows_tracking = True
    newsletter.save()
    url = str(hubspot.connector.settings["base_url"])
    hubspot.connector.mapping = {"email": "email", "crm_visitor_id": "context.hutk"}
    hubspot.connector.settings = {**hubspot.connector.settings, **FORM, "forms_url": url}
    hubspot.connector.save()
    return hubspot


@pytest.fixture
def vera(visits: Target, newsletter: Purpose) -> Customer:
    """She agreed, and a website told us HubSpot's cookie."""
    vera = scene.meet(newsletter.brand, "vera@example.com")
    vera.gives(newsletter)
    told(vera, "cookie-1")
    return vera


def told(customer: Customer, cookie: str) -> None:
    """Without an event: what makes a target hear of it is what comes next."""
    website, _made = Website.objects.get_or_create(brand=customer.membership.brand, name="catalogue")
    said = {"source": Source.WEBSITE, "said_by": str(website.pk), "said_at": timezone.now(), "value": cookie}
    ProfileValue.objects.update_or_create(account=customer.account, attribute="crm_visitor_id", defaults=said)


def releases(purpose: Purpose, connector: Connector, *attributes: str) -> None:
    purpose.versions.update(releases=list(attributes))
    connector.releases.all().delete()
    matrix.fill(connector)


def by_hand(target: Target, customer: Customer, **properties: str) -> None:
    """Somebody at HubSpot changes a contact."""
    row = {"id": customer.our_id, "idProperty": "ciam_user_id", "properties": properties}
    target._by_hand("/crm/objects/2026-09/contacts/batch/upsert", {"inputs": [row]})


def submitted(target: Target) -> list[dict[str, object]]:
    return [one["body"] for one in target.requests if "/submissions/" in one["path"]]


def test_what_hubspot_holds_is_told_by_field_and_nobody_for_whom_it_lacks(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.moves_to("Anna@Example.com")
    bert, carl = scene.crowd(newsletter, 2)
    anna.gives(newsletter)
    deliver()
    hubspot.deletes(hubspot.contact(bert)["id"])
    kind = KINDS["hubspot"]
    assert isinstance(kind, CanBeCompared)

    there = dict(kind.held_there(hubspot.connector, asked(hubspot.connector, [anna, bert, carl]), LATER))

    assert there == {
        anna.link(hubspot.connector).pk: {
            "email": "Anna@Example.com",  # HubSpot keeps it in small letters
            "firstname": "Anna",
            "ciam_interests": "tea, books",
        },
        bert.link(hubspot.connector).pk: None,
        carl.link(hubspot.connector).pk: {"email": carl.email},
    }


def test_a_value_that_somebody_changed_there_is_seen(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    by_hand(hubspot, anna, firstname="Hanna")
    kind = KINDS["hubspot"]
    assert isinstance(kind, CanBeCompared)

    [(_link, there)] = kind.held_there(hubspot.connector, asked(hubspot.connector, [anna]), LATER)

    assert there is not None
    assert there["firstname"] == "Hanna"


def test_a_hundred_people_cost_one_call_to_send_to_compare_and_to_read_back(
    hubspot: Target, newsletter: Purpose
) -> None:
    hubspot.connector.settings = {**hubspot.connector.settings, "subscription_id": ""}
    hubspot.connector.save()
    customers = scene.crowd(newsletter, 200)
    assert deliver() == 200
    kind = KINDS["hubspot"]
    assert isinstance(kind, CanBeCompared)
    assert isinstance(kind, ReadsBack)
    pushes = asked(hubspot.connector, customers)
    assert len(pushes) == 100 == kind.read_back_size

    upserts = [one for one in hubspot.requests if one["path"].endswith("batch/upsert")]
    before = len(hubspot.requests)
    assert len(dict(kind.held_there(hubspot.connector, pushes, LATER))) == 100
    compared = len(hubspot.requests) - before
    dict(kind.read_back(hubspot.connector, pushes, LATER))
    before = len(hubspot.requests)
    dict(kind.read_back(hubspot.connector, pushes, LATER))

    assert len(upserts) / 200 == 0.01
    assert compared / 100 == 0.01
    assert (len(hubspot.requests) - before) / 100 == 0.01, "which properties there are is known by then"


def test_the_visits_of_a_cookie_are_joined_once_and_what_hubspot_finds_out_is_read_back(
    visits: Target, vera: Customer, newsletter: Purpose
) -> None:
    deliver()
    vera.says(given_name="Vera")
    deliver()

    assert submitted(visits) == [
        {
            "fields": [{"objectTypeId": "0-1", "name": "email", "value": vera.email}],
            "context": {"hutk": "cookie-1"},
        }
    ]
    assert visits.sandbox.state("hubspot")["visits"] == {"cookie-1": visits.contact(vera)["id"]}
    assert "cookie-1" not in repr(visits.contact(vera)), "it is no property"
    kind = KINDS["hubspot"]
    assert isinstance(kind, ReadsBack)
    [(_link, raw)] = kind.read_back(visits.connector, asked(visits.connector, [vera]), LATER)
    found = {name: ATTRIBUTES[name].clean(said) for name, said in raw.items()}
    assert found == {"city": "Berlin", "country": "DE", "last_seen": str(timezone.now().date())}


def test_another_cookie_is_joined_as_well_and_subscribes_nobody_again(
    visits: Target, vera: Customer, newsletter: Purpose
) -> None:
    deliver()
    visits.unsubscribes(vera.email)

    told(vera, "cookie-2")
    vera.says(given_name="Vera")
    deliver()

    assert [one["context"] for one in submitted(visits)] == [{"hutk": "cookie-1"}, {"hutk": "cookie-2"}]
    assert visits.status(vera.email) == "UNSUBSCRIBED"


def test_a_cookie_that_may_not_leave_is_told_to_nobody(
    visits: Target, vera: Customer, newsletter: Purpose
) -> None:
    newsletter.versions.update(releases=["email"])

    deliver()

    assert submitted(visits) == []
    assert "cookie-1" not in visits.said()
    assert vera.link(visits.connector).outcome == Outcome.HOLDS


def test_a_cookie_without_a_form_is_said_to_the_operator(
    visits: Target, vera: Customer, newsletter: Purpose
) -> None:
    visits.connector.settings = {**visits.connector.settings, "form_guid": ""}
    visits.connector.save()

    deliver()

    assert "form_guid" in Connector.objects.get(pk=visits.connector.pk).needs_human
    assert visits.contacts == []


def test_a_form_that_is_refused_needs_a_human_and_leaves_the_subscription_alone(
    visits: Target, vera: Customer, newsletter: Purpose
) -> None:
    visits.fault("status", status=404, path_contains="/submissions/")

    deliver()

    link = vera.link(visits.connector)
    assert "form" in link.needs_human
    assert not settled(visits.connector)
    assert visits.status(vera.email) == ""


@pytest.mark.parametrize(
    ("sent", "there", "drifted"),
    [
        ("lead", "customer", False),
        ("customer", "lead", True),
        ("lead", "other", True),
        ("lead", "lead", False),
    ],
)
def test_a_stage_that_moved_on_there_is_no_drift(
    hubspot: Target, newsletter: Purpose, sent: str, there: str, drifted: bool
) -> None:
    releases(newsletter, hubspot.connector, "email", "source")
    hubspot.connector.mapping = {"email": "email", "source": "lifecyclestage"}
    hubspot.connector.save()
    clara = scene.meet(newsletter.brand, "clara@example.com", source=sent)
    clara.gives(newsletter)
    deliver()
    for stage in ("", there):
        by_hand(hubspot, clara, lifecyclestage=stage)
    kind = KINDS["hubspot"]
    assert isinstance(kind, CanBeCompared)

    told = dict(kind.held_there(hubspot.connector, asked(hubspot.connector, [clara]), LATER))

    texts = told[clara.link(hubspot.connector).pk]
    assert texts is not None
    assert (texts["lifecyclestage"] != sent) == drifted
