"""A target's form: made in two steps, with the fields that its kind asks for."""

import uuid
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pytest

from accounts.events import EventType
from accounts.models import Event
from consent.models import Purpose
from provisioning.connectors import KINDS
from provisioning.connectors.base import Answer, Message, Setting
from provisioning.matrix_editing import cells_of
from provisioning.models import Connector, Run
from tests.provisioning.admin.desk import Desk, olga
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory

pytestmark = pytest.mark.django_db


class Shelf(Memory):
    """A kind that asks for settings, and takes events beside."""

    kind: ClassVar[str] = "shelf"
    title: ClassVar[str] = "Shelf"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("room", "Room", "Where it stands.", required=True),
        Setting("side", "Side", choices=("left", "right"), default="left"),
        Setting("colour", "Colour", default="white"),
    )
    event_types: ClassVar[tuple[str, ...]] = ("account.created", "consent.changed")
    event_batch_size: ClassVar[int] = 5

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        return iter(())


class Bell(Shelf):
    """A kind that only takes events."""

    kind: ClassVar[str] = "bell"
    settings: ClassVar[tuple[Setting, ...]] = ()
    batch_size: ClassVar[int] = 0


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Shelf(), Bell()):
        monkeypatch.setitem(KINDS, kind.kind, kind)


@pytest.fixture
def shelf(newsletter: Purpose) -> Connector:
    return scene.connector(newsletter, "shelf", name="Our shelf", secret="canary-secret")


def page_of(connector: Connector) -> str:
    return f"/admin/provisioning/connector/{connector.pk}/change/"


def saves(desk: Desk, connector: Connector, **changed: object) -> str:
    """The form as it is shown, with these fields changed; what the page says where it isn't saved."""
    mapping = {f"maps_{name}": name for name in Memory.default_mapping}
    fields = {
        **{"name": connector.name, "purpose": str(connector.purpose_id), "is_active": "on"},
        **{"new_secret": "", "setting_room": "12", "setting_side": "", "setting_colour": ""},
        **mapping,
        **changed,
    }
    answer = desk.posts(page_of(connector), **fields)
    connector.refresh_from_db()
    return "" if answer.status_code == 302 else answer.content.decode()


def adds(desk: Desk, own: Purpose, **changed: str) -> str:
    fields = {"name": "New", "brand": str(own.brand_id), "kind": "shelf", "purpose": str(own.pk)}
    answer = desk.posts("/admin/provisioning/connector/add/", **{**fields, **changed})
    return answer.headers.get("Location", "")


def test_one_that_is_made_is_switched_off_and_has_cells_to_begin_with(newsletter: Purpose) -> None:
    desk = olga()

    where = adds(desk, newsletter)

    made = Connector.objects.get()
    assert where == page_of(made)
    assert (made.is_active, made.keeps_state) == (False, True)
    assert made.event_types == ["account.created", "consent.changed"]
    assert cells_of(made) == {(newsletter.pk, name) for name in scene.RELEASED}
    assert Event.objects.get(type=EventType.CONNECTOR_CHANGED).fields == [f"connector.{made.pk}", "created"]
    assert not Run.objects.exists()


def test_one_that_only_takes_events_keeps_no_state(newsletter: Purpose) -> None:
    adds(olga(), newsletter, kind="bell")

    assert Connector.objects.get().keeps_state is False


def test_a_target_and_its_purpose_are_of_one_brand(newsletter: Purpose) -> None:
    other = scene.purpose(scene.brand("bakery"))

    adds(olga(), newsletter, purpose=str(other.pk))

    assert not Connector.objects.exists()


def test_the_form_asks_what_the_kind_asks(shelf: Connector) -> None:
    page = olga().reads(page_of(shelf))

    assert "Where it stands." in page
    assert 'placeholder="white"' in page
    assert '<option value="right">right</option>' in page
    assert 'name="maps_given_name" value="given_name"' in page
    assert page.count('name="event_types"') == 2
    assert "canary-secret" not in page


def test_settings_are_kept_as_entered_and_what_is_not_asked_for_stays(shelf: Connector) -> None:
    Connector.objects.update(settings={"shelf_mark": "B2", "colour": "red"})

    saves(olga(), shelf, setting_room=" 12 ", setting_side="right")

    assert shelf.settings == {"shelf_mark": "B2", "room": "12", "side": "right"}


def test_a_setting_that_is_needed_has_to_be_entered(shelf: Connector) -> None:
    refused = saves(olga(), shelf, name="Changed", setting_room="")

    assert "This field is required." in refused
    assert shelf.name == "Our shelf"


def test_a_choice_is_one_of_those_offered(shelf: Connector) -> None:
    assert "Select a valid choice." in saves(olga(), shelf, setting_side="above")


def test_the_kinds_own_mapping_is_not_written_down(shelf: Connector) -> None:
    desk = olga()

    saves(desk, shelf)
    suggested = shelf.mapping
    saves(desk, shelf, maps_interests="", maps_country="land")

    assert suggested == {}
    assert shelf.mapping == {
        "email": "email",
        "given_name": "given_name",
        "family_name": "family_name",
        "country": "land",
    }


def test_a_mapping_can_not_be_empty(shelf: Connector) -> None:
    nothing = {f"maps_{name}": "" for name in Memory.default_mapping}

    assert "Name a field for one attribute at least." in saves(olga(), shelf, **nothing)


def test_events_are_chosen_from_those_of_the_kind(shelf: Connector) -> None:
    desk = olga()

    saves(desk, shelf, event_types=["consent.changed"])
    refused = saves(desk, shelf, event_types=["session.began"])

    assert shelf.event_types == ["consent.changed"]
    assert "Select a valid choice." in refused


def test_saving_starts_a_target_again_and_keeps_its_secret(shelf: Connector) -> None:
    Connector.objects.update(needs_human="The token is refused.", failures=3)

    saves(olga(), shelf)

    assert (shelf.needs_human, shelf.failures, shelf.prepared_at) == ("", 0, None)
    assert shelf.secret == "canary-secret"


def test_a_new_secret_replaces_the_old_one_and_the_event_names_no_more_than_that(shelf: Connector) -> None:
    Connector.objects.update(settings={"room": "12"})
    shelf.refresh_from_db()

    saves(olga(), shelf, new_secret="canary-fresh")

    assert shelf.secret == "canary-fresh"
    assert "new_secret" in Event.objects.latest("id").fields
    assert "canary" not in str(Event.objects.values_list("fields"))
    assert not Run.objects.exists()


def test_a_changed_mapping_sends_everybody_anew(shelf: Connector) -> None:
    Connector.objects.update(settings={"room": "12"})
    shelf.refresh_from_db()

    saves(olga(), shelf, maps_interests="")

    assert Run.objects.get().connector == shelf


def test_a_target_that_is_switched_on_is_sent_everybody(shelf: Connector) -> None:
    Connector.objects.update(settings={"room": "12"}, is_active=False)
    shelf.refresh_from_db()
    desk = olga()

    saves(desk, shelf, is_active="")
    still_off = Run.objects.exists()
    saves(desk, shelf)

    assert not still_off
    assert Run.objects.get().connector == shelf


def test_a_kind_that_is_gone_still_has_a_page(shelf: Connector) -> None:
    Connector.objects.update(kind="gramophone")

    assert "Our shelf" in olga().reads(page_of(shelf))
