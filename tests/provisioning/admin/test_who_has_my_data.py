"""Who has my data: for what each target holds something, and what those were told that take events."""

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from consent.models import Purpose
from provisioning.admin import links_of
from provisioning.models import Connector, DeliveryState, Link, Outcome, Release
from provisioning.panels import Holder, Use, who_has_my_data
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver
from tests.provisioning.runs.test_redrive import delivery

pytestmark = pytest.mark.django_db


def holders(customer: Customer) -> list[Holder]:
    return list(who_has_my_data(HttpRequest(), customer.account).rows)


def page(customer: Customer) -> str:
    panel = who_has_my_data(HttpRequest(), customer.account)
    return render_to_string(panel.template, {"panel": panel, "panel_id": panel.name})


def test_what_is_held_is_told_by_purpose_as_the_person_knows_it(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    advice = scene.purpose(newsletter.brand, "advice", releases=["interests"])
    advice.versions.update(titles={"en": "Advice", "de": "Beratung"}, texts={"en": "?", "de": "?"})
    Release.objects.filter(attribute="interests").update(purpose=advice)
    anna.gives(newsletter)
    anna.gives(advice)
    deliver()

    with override("de"):
        (crm_row,) = holders(anna)

    assert [use.purpose for use in crm_row.uses] == ["Newsletter", "Beratung"]
    assert holders(anna)[0].uses == (
        Use("Newsletter", ("E-mail address", "First name")),
        Use("Advice", ("Interests",)),
    )


def test_what_stays_so_as_not_to_forget_a_no_is_for_no_purpose(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    anna.withdraws(newsletter)
    deliver()

    (row,) = holders(anna)

    assert row.uses == (Use("", ("E-mail address",)),)
    assert "For “" not in page(anna)


def test_an_erasure_that_is_not_confirmed_is_said_to_be_under_way(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    Link.objects.update(outcome=Outcome.ERASING)

    assert holders(anna)[0].state == "Asked to erase it; not confirmed yet"


def test_targets_that_take_events_are_listed_with_what_they_heard(
    newsletter: Purpose, anna: Customer, memory: Memory
) -> None:
    bell = scene.connector(newsletter, Memory.kind, name="Bell", keeps_state=False)
    first, last = timezone.now(), timezone.now()
    sent = {"state": DeliveryState.SENT, "needs_human": ""}
    delivery(bell, anna.account.pk, **sent, settled_at=first, fields=["given_name", "consent.newsletter"])
    delivery(bell, anna.account.pk, **sent, settled_at=last, fields=["interests"])
    delivery(bell, anna.account.pk, state=DeliveryState.DROPPED, needs_human="", fields=["family_name"])

    (row,) = holders(anna)

    assert (row.system, row.state, row.fields) == ("Bell (Shop)", "Up to date", ())
    assert (row.told_of, row.last_told) == (("First name", "Interests"), last)
    assert "Is told of changes to: First name, Interests" in page(anna)
    assert [one[0] for one in links_of(anna.account).rows] == ["Bell"]


@pytest.mark.parametrize(
    ("trouble", "state"), [("", "Update on its way"), ("Refused.", "Update failed, we look into it")]
)
def test_events_that_have_not_arrived_are_said_to_be_on_their_way_or_to_have_failed(
    newsletter: Purpose, anna: Customer, memory: Memory, trouble: str, state: str
) -> None:
    bell = scene.connector(newsletter, Memory.kind, name="Bell", keeps_state=False)
    delivery(bell, anna.account.pk, state=DeliveryState.SENT, settled_at=timezone.now(), needs_human="")
    delivery(bell, anna.account.pk, needs_human=trouble)

    assert holders(anna)[0].state == state


def test_a_target_that_dropped_every_event_has_heard_of_nobody(
    newsletter: Purpose, anna: Customer, memory: Memory
) -> None:
    bell = scene.connector(newsletter, Memory.kind, name="Bell", keeps_state=False)
    delivery(bell, anna.account.pk, state=DeliveryState.DROPPED, needs_human="")

    assert holders(anna) == []
