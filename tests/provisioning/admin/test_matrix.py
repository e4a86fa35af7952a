"""The matrix as a grid: what an operator ticks is what leaves, once the resync is through."""

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.attributes import ATTRIBUTES
from accounts.events import EventType
from accounts.models import Event
from consent.models import Purpose, PurposeVersion
from provisioning.matrix_editing import cell_name, cells_of
from provisioning.models import Connector, Run, RunKind, RunState
from tests.provisioning.admin.desk import Desk, olga, oskar
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver
from tests.provisioning.runs.working import all_slices, one_slice

pytestmark = pytest.mark.django_db


def page_of(connector: Connector) -> str:
    return f"/admin/provisioning/connector/{connector.pk}/matrix/"


def checkbox(page: str, purpose: Purpose, attribute: str) -> str:
    """The cell's tag."""
    (tag,) = re.findall(f'<input[^>]*value="{cell_name(purpose.pk, attribute)}"[^>]*>', page)
    return str(tag)


def ticks(desk: Desk, connector: Connector, *cells: tuple[Purpose, str], mark: str = "") -> Any:
    """She leaves exactly these ticked, and saves."""
    page = desk.reads(page_of(connector))
    (shown,) = re.findall('name="mark" value="([0-9a-f]+)"', page)
    chosen = [cell_name(purpose.pk, attribute) for purpose, attribute in cells]
    return desk.posts(page_of(connector), cell=chosen, mark=mark or shown)


def works() -> None:
    """Workers do all that there is to do."""
    all_slices()
    deliver()


def test_a_cell_that_is_unticked_leaves_no_more_and_is_cleared_there(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    before = hubspot.contact(anna)

    ticks(olga(), hubspot.connector, (newsletter, "email"), (newsletter, "given_name"))
    works()

    after = hubspot.contact(anna)
    assert (before["firstname"], before["ciam_interests"]) == ("Anna", "tea, books")
    assert after["firstname"] == "Anna"
    assert not after.get("ciam_interests")
    assert Run.objects.get().state == RunState.DONE


def test_a_cell_that_is_ticked_lets_the_attribute_leave(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    desk = olga()
    ticks(desk, hubspot.connector, (newsletter, "email"))
    anna.gives(newsletter)
    works()
    before = hubspot.contact(anna)

    ticks(desk, hubspot.connector, (newsletter, "email"), (newsletter, "given_name"))
    works()

    assert "firstname" not in before
    assert hubspot.contact(anna)["firstname"] == "Anna"


def test_only_what_the_latest_wording_tells_of_can_be_ticked(crm: Connector, newsletter: Purpose) -> None:
    desk = olga()
    page = desk.reads(page_of(crm))

    ticks(desk, crm, (newsletter, "email"), (newsletter, "country"))

    assert "disabled" not in checkbox(page, newsletter, "email")
    assert "disabled" in checkbox(page, newsletter, "country")
    assert "The latest wording (version 1) does not tell of it." in page
    assert cells_of(crm) == {(newsletter.pk, "email")}


def test_what_only_an_earlier_wording_tells_of_stays_ticked_until_somebody_unticks_it(
    crm: Connector, newsletter: Purpose
) -> None:
    texts = {"titles": {"en": "N"}, "texts": {"en": "Only the address."}}
    PurposeVersion.objects.create(
        purpose=newsletter, number=2, releases=["email"], published_at=timezone.now(), **texts
    )
    desk = olga()

    ticks(desk, crm, (newsletter, "email"), (newsletter, "given_name"))
    kept = cells_of(crm)
    ticks(desk, crm, (newsletter, "email"))
    ticks(desk, crm, (newsletter, "email"), (newsletter, "given_name"))

    assert kept == {(newsletter.pk, "email"), (newsletter.pk, "given_name")}
    assert cells_of(crm) == {(newsletter.pk, "email")}


def test_an_attribute_without_a_field_is_marked(crm: Connector) -> None:
    crm.mapping = {"email": "mail"}
    crm.save()

    page = olga().reads(page_of(crm))

    assert page.count("no field: can't leave") == len(ATTRIBUTES)
    assert "<code>mail</code>" in page


def test_a_purpose_without_a_wording_releases_nothing(crm: Connector, newsletter: Purpose) -> None:
    empty = Purpose.objects.create(brand=newsletter.brand, key="nothing-yet")

    page = olga().reads(page_of(crm))

    assert "disabled" in checkbox(page, empty, "email")
    assert "This purpose has no wording yet." in page


def test_saving_is_an_event_of_names_and_begins_one_run(crm: Connector, newsletter: Purpose) -> None:
    desk = olga()

    ticks(desk, crm, (newsletter, "email"))

    event = Event.objects.get(type=EventType.CONNECTOR_CHANGED)
    assert event.fields == [
        f"connector.{crm.pk}",
        *("matrix.family_name", "matrix.given_name", "matrix.interests"),
    ]
    assert (event.account_id, event.brand_id, event.actor_id) == (None, crm.brand_id, str(desk.operator.pk))
    assert [(run.kind, run.actor_id) for run in Run.objects.all()] == [
        (RunKind.RESYNC, str(desk.operator.pk))
    ]


def test_saving_without_a_change_does_nothing(crm: Connector, newsletter: Purpose) -> None:
    ticks(olga(), crm, *((newsletter, name) for name in scene.RELEASED))

    assert not Run.objects.exists()
    assert not Event.objects.filter(type=EventType.CONNECTOR_CHANGED).exists()


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(crm: Connector, newsletter: Purpose) -> None:
    desk = olga()
    ticks(desk, crm, (newsletter, "email"))

    ticks(desk, crm, (newsletter, "email"), (newsletter, "given_name"), mark="0" * 64)

    assert cells_of(crm) == {(newsletter.pk, "email")}
    assert "Somebody else has changed the matrix meanwhile." in desk.said[-1]


def test_a_run_that_goes_on_begins_again_when_the_matrix_changes(
    crm: Connector,
    newsletter: Purpose,
    people: list[Customer],
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whom it has dealt with already was sent by the matrix of then."""
    monkeypatch.setattr("provisioning.resyncing.SLICE", 10)
    desk = olga()
    ticks(desk, crm, *((newsletter, name) for name in ("email", "given_name")))
    one_slice()
    deliver()

    ticks(desk, crm, (newsletter, "given_name"))
    works()

    assert Run.objects.count() == 1
    assert {name for record in memory.people.values() for name in record.values} <= {"given_name"}


def test_a_target_that_is_switched_off_is_sent_nothing(crm: Connector, newsletter: Purpose) -> None:
    crm.is_active = False
    crm.save()

    ticks(olga(), crm, (newsletter, "email"))

    assert not Run.objects.exists()
    assert cells_of(crm) == {(newsletter.pk, "email")}


def test_who_may_only_look_changes_nothing(crm: Connector, newsletter: Purpose) -> None:
    desk = oskar("provisioning.view_connector")
    page = desk.reads(page_of(crm))

    with pytest.raises(PermissionDenied):
        ticks(desk, crm, (newsletter, "email"))

    assert "disabled" in checkbox(page, newsletter, "email")
    assert "Save the matrix" not in page


def test_who_may_see_no_targets_sees_no_matrix(crm: Connector) -> None:
    with pytest.raises(PermissionDenied):
        oskar("provisioning.view_link").opens(page_of(crm))
