"""The preview: what a target would know of somebody now, and why. It only looks."""

import uuid

import pytest
from django.utils import timezone

from accounts.attributes import ATTRIBUTES
from accounts.events import EventType
from accounts.models import Event
from accounts.snapshot import snapshot
from consent import ledger
from consent.models import Purpose
from provisioning.connectors.base import Hold, HoldNothing
from provisioning.desired import desired
from provisioning.mapping import EMAIL
from provisioning.matrix import matrix_of, purposes_of
from provisioning.models import Connector, Link
from provisioning.preview import preview
from tests.provisioning.admin.desk import olga, oskar
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def page_of(connector: Connector, customer: Customer | None = None) -> str:
    page = f"/admin/provisioning/connector/{connector.pk}/preview/"
    return f"{page}?account={customer.account.pk}" if customer else page


def test_it_shows_what_would_be_sent_and_each_reason(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    now = timezone.now()
    matrix = matrix_of(crm)
    lines = ledger.standings([anna.account.pk], purposes_of(crm, matrix), now)
    wanted = desired(crm, matrix, snapshot(anna.account), {key: one for (_, key), one in lines.items()})

    shown = preview(crm, anna.account, now)

    assert isinstance(wanted, Hold)
    assert shown.wanted == wanted
    assert [row.attribute for row in shown.rows] == [EMAIL, *ATTRIBUTES]
    assert {row.attribute: row.text for row in shown.rows if row.leaves} == {
        "email": "anna@example.com",
        "given_name": "Anna",
        "interests": "tea, books",
    }
    why = {reason.attribute: reason.sentence for reason in wanted.why}
    assert {row.attribute: row.why for row in shown.rows} == why
    assert (why["family_name"], why["source"]) == (
        "It is not known.",
        "No purpose releases it to this target.",
    )


def test_without_consent_nothing_would_leave(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    shown = preview(crm, anna.account, timezone.now())

    assert isinstance(shown.wanted, HoldNothing)
    assert not any(row.leaves or row.text for row in shown.rows)
    assert "never been asked" in olga().reads(page_of(crm, anna))


def test_of_the_suspended_nothing_would_leave_whatever_they_agreed_to(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    anna.is_suspended()

    shown = preview(crm, anna.account, timezone.now())

    assert not any(row.leaves for row in shown.rows)
    assert shown.rows[0].why == "The person is no active customer of this brand."


def test_it_says_what_is_held_now(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    anna.clears("given_name")

    rows = {row.attribute: row for row in preview(crm, anna.account, timezone.now()).rows}

    assert (rows["given_name"].leaves, rows["given_name"].is_held) == (False, True)
    assert (rows["email"].leaves, rows["email"].is_held) == (True, True)


def test_it_sends_nothing_and_writes_nothing(hubspot: Target, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    link = Link.objects.values().get()
    events = Event.objects.count()

    page = olga().reads(page_of(hubspot.connector, anna))

    assert "anna@example.com" in page
    assert hubspot.requests == []
    assert Link.objects.values().get() == link
    assert Event.objects.count() == events


def test_values_are_for_those_who_may_see_personal_data(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    may_look = "provisioning.view_connector"

    hidden = oskar(may_look).reads(page_of(crm, anna))

    assert "anna@example.com" not in hidden
    assert "Anna" not in hidden
    assert hidden.count("value hidden") == 3


@pytest.mark.parametrize("by", ["address", "id"])
def test_somebody_is_found_by_address_or_id_which_leaves_no_address_in_an_address_bar(
    crm: Connector, anna: Customer, by: str
) -> None:
    who = " Anna@Example.com" if by == "address" else str(anna.account.pk)

    answer = olga().posts(page_of(crm), who=who)

    assert answer.headers["Location"] == page_of(crm, anna)


@pytest.mark.parametrize("who", ["", "nobody@example.com", "anna", str(uuid.UUID(int=7)), "olga@example.com"])
def test_nobody_else_is_found(crm: Connector, anna: Customer, who: str) -> None:
    desk = olga()

    answer = desk.posts(page_of(crm), who=who)

    assert answer.headers["Location"] == page_of(crm)
    assert "Nobody has this address" in desk.said[-1]


def test_from_there_the_person_is_sent_again_to_every_target(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    scene.connector(newsletter, crm.kind, name="Second")
    anna.gives(newsletter)
    deliver()
    desk = olga()

    desk.posts(page_of(crm), send=str(anna.account.pk))

    assert Link.objects.behind().filter(account_id=anna.account.pk).count() == 2
    event = Event.objects.latest("id")
    assert (event.type, event.actor_id) == (EventType.DELIVERY_ASKED_AGAIN, str(desk.operator.pk))
    assert desk.said == ["This person is sent again to each of 2 targets."]


def test_who_may_not_change_links_sends_nobody(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()

    oskar("provisioning.view_connector").posts(page_of(crm), send=str(anna.account.pk))

    assert not Link.objects.behind().exists()
