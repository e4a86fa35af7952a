"""The ledgers' seals: whatever is done to a row, an entry or a seal shows."""

import datetime as dt
import random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import events
from accounts.events import SYSTEM, Change, EventType, record
from accounts.models import Event
from ciam.lib.ids import floor_at
from ciam.lib.models import Seal, SealEntry
from ciam.lib.sealing import breaks, seal

pytestmark = pytest.mark.django_db


def happen(times: int) -> None:
    record(Change(EventType.PROFILE_CHANGED, None, SYSTEM, fields=(f"field{n}",)) for n in range(times))


def tamper(sql: str, *values: Any) -> None:
    """What somebody with the database in their hands can do: a trigger stops nobody who may drop it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_event DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE accounts_event ENABLE TRIGGER USER")


@pytest.fixture
def sealed() -> list[Event]:
    for _batch in range(3):
        happen(5)
        seal(events.CHAIN, timezone.now())
    return list(Event.objects.order_by("pk"))


def found() -> list[str]:
    return list(breaks(events.CHAIN))


def test_a_whole_ledger_has_no_breaks_and_nothing_is_sealed_twice(sealed: list[Event]) -> None:
    assert found() == []
    assert seal(events.CHAIN, timezone.now()) == 0
    assert Seal.objects.count() == 3


def test_the_database_itself_refuses_to_change_or_remove_an_event(sealed: list[Event]) -> None:
    for change in (lambda: Event.objects.update(type="x"), lambda: Event.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize("seed", range(25))
def test_any_edit_shows(sealed: list[Event], seed: int) -> None:
    chance = random.Random(seed)
    row = chance.choice(sealed)
    column, value = chance.choice(
        [
            ("type", "session.began"),
            ("actor_kind", "operator"),
            ("actor_id", "mallory"),
            ("fields", ["email"]),
            ("at", timezone.now() - dt.timedelta(days=3)),
        ]
    )

    tamper(f'UPDATE accounts_event SET "{column}" = %s WHERE id = %s', value, str(row.pk))

    assert any(str(row.pk) in sentence for sentence in found())


def test_a_removed_row_shows(sealed: list[Event]) -> None:
    tamper("DELETE FROM accounts_event WHERE id = %s", str(sealed[3].pk))

    assert f"events: row {sealed[3].pk} is gone" in found()


def test_a_row_slipped_in_shows(sealed: list[Event]) -> None:
    old = floor_at(timezone.now() - dt.timedelta(days=40))
    tamper(
        "INSERT INTO accounts_event (id, type, actor_kind, actor_id, fields, at) "
        "VALUES (%s, 'x', 'x', '', '{}', now())",
        str(old),
    )

    assert f"events: row {old} was slipped in" in found()


def test_a_cut_tail_shows_to_whoever_noted_the_head(sealed: list[Event]) -> None:
    last = Seal.objects.order_by("number").last()
    assert last is not None
    ids = list(SealEntry.objects.filter(number=last.number).values_list("row_id", flat=True))
    tamper("DELETE FROM accounts_event WHERE id = ANY(%s::uuid[])", [str(key) for key in ids])
    SealEntry.objects.filter(number=last.number).delete()
    last.delete()

    assert found() == []
    assert list(breaks(events.CHAIN, head=3)) == ["events: ends at seal 2, but seal 3 was made"]


def test_a_chain_made_anew_without_our_key_shows(sealed: list[Event]) -> None:
    Seal.objects.update(signature="0" * 64)

    assert "events: seal 1 is not signed by this installation" in found()


def test_the_command_tells_and_fails(sealed: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_ledger")
    assert "events: sealed up to 3" in capsys.readouterr().out

    Seal.objects.filter(number=2).delete()
    with pytest.raises(CommandError, match="not as they were sealed"):
        call_command("verify_ledger")
    with pytest.raises(CommandError, match="no chain"):
        call_command("verify_ledger", head=["nothing=1"])
