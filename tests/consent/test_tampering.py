"""Whatever somebody with the database in their hands does to the consent ledger shows in `verify_ledger`."""

import datetime as dt
import os
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from ciam.lib.ids import floor_at
from ciam.lib.models import Seal, SealEntry
from ciam.lib.sealing import breaks, row_digest, seal
from consent import ledger
from consent.models import ConsentRecord, Decision, LawfulBasis, Method
from tests.consent.saying import DAY, holds_for, says, somebody
from tests.people import Kaffeehaus, kaffeehaus

pytestmark = pytest.mark.django_db

EDITS = 1_000 if os.environ.get("CIAM_LONG") else 60
TABLE = "consent_consentrecord"


@pytest.fixture
def sealed(shop: Kaffeehaus) -> list[ConsentRecord]:
    """The answers of six people in four seals. Some are as the first release wrote them, without basis and
    expiry."""
    chance = random.Random(7)
    holds_for(shop.newsletter, days=365)
    people = [somebody() for _person in range(6)]
    now = timezone.now()
    for batch in range(4):
        for place, one in enumerate(people):
            decision = [Decision.GIVEN, Decision.WITHDRAWN][(batch + place) % 2]
            version = chance.choice([shop.terms, shop.newsletter])
            says(one, version, decision, now + dt.timedelta(minutes=batch), chance.choice(list(Method)))
        if batch == 0:
            tampers(f"UPDATE {TABLE} SET lawful_basis = '', expires_at = NULL")
        seal(ledger.CHAIN, now)
    return list(ConsentRecord.objects.order_by("id"))


def tampers(sql: str, *values: Any) -> None:
    """A trigger stops nobody who may drop it. Constraints are looked at now, not when the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def edits(chance: random.Random, rows: list[ConsentRecord]) -> str:
    """One column of one row, to something else that it could be."""
    row, other = chance.choice(rows), uuid.UUID(int=chance.getrandbits(128))
    hexes = f"{chance.getrandbits(256):064x}"
    new: dict[str, Any] = {
        "decision": chance.choice([one for one in Decision if one != row.decision]),
        "method": chance.choice([one for one in Method if one != row.method]),
        "lawful_basis": chance.choice([one for one in ("", *LawfulBasis) if one != row.lawful_basis]),
        "text_hash": chance.choice(["", hexes]),
        "locale": chance.choice(["", "de"]),
        "surface": chance.choice(["", "https://mallory.example/", row.surface + "?"]),
        "actor_kind": chance.choice(["operator", "system"]),
        "actor_id": chance.choice(["", str(other)]),
        "address_hash": hexes,
        "agent_hash": hexes,
        "said_at": row.said_at - dt.timedelta(microseconds=chance.randint(1, 10**12)),
        "at": row.at + dt.timedelta(microseconds=chance.randint(1, 10**12)),
        "expires_at": (row.expires_at or row.at) + dt.timedelta(microseconds=chance.randint(1, 10**12)),
        "parent_id": other,
        "account_id": somebody().pk,
        "id": floor_at(row.at - chance.randint(2, 900) * DAY),
    }
    column = chance.choice(sorted(new))
    tampers(f'UPDATE {TABLE} SET "{column}" = %s WHERE id = %s', new[column], row.pk)
    return column


def exchanges(chance: random.Random, rows: list[ConsentRecord]) -> str:
    """The whole content of two rows."""
    one, two = chance.sample(rows, 2)
    spare = uuid.UUID(int=chance.getrandbits(128))
    for before, after in ((one.pk, spare), (two.pk, one.pk), (spare, two.pk)):
        tampers(f"UPDATE {TABLE} SET id = %s WHERE id = %s", after, before)
    return "two rows"


def removes(chance: random.Random, rows: list[ConsentRecord]) -> str:
    tampers(f"DELETE FROM {TABLE} WHERE id = %s", chance.choice(rows).pk)
    return "one row"


def removes_with_its_entry(chance: random.Random, rows: list[ConsentRecord]) -> str:
    row = chance.choice(rows)
    tampers(f"DELETE FROM {TABLE} WHERE id = %s", row.pk)
    SealEntry.objects.filter(row_id=row.pk).delete()
    return "a row and its entry"


def edits_with_its_entry(chance: random.Random, rows: list[ConsentRecord]) -> str:
    """And the seal's digest too, as far as one can without our key."""
    row = chance.choice(rows)
    tampers(f"UPDATE {TABLE} SET surface = 'https://mallory.example/' WHERE id = %s", row.pk)
    row.refresh_from_db()
    entry = SealEntry.objects.filter(chain="consents", row_id=row.pk)
    number = entry.get().number
    entry.update(digest=ledger.digest(row))
    if chance.random() < 0.5:
        before = Seal.objects.filter(chain="consents", number=number - 1).values_list("digest", flat=True)
        entries = SealEntry.objects.filter(chain="consents", number=number).order_by("row_id")
        digest = row_digest(before.first() or "", *entries.values_list("digest", flat=True))
        Seal.objects.filter(chain="consents", number=number).update(digest=digest)
    return "a row and its entry"


def slips_in(chance: random.Random, rows: list[ConsentRecord]) -> str:
    """A copy of a row for somebody else, made to look older than the last day."""
    row, key = chance.choice(rows), floor_at(rows[0].at - chance.randint(2, 900) * DAY)
    columns = [field.column for field in ConsentRecord._meta.concrete_fields if field.column != "id"]
    copied = ", ".join(f'"{column}"' for column in columns)
    changed = copied.replace('"account_id"', "%s").replace('"parent_id"', "NULL")
    tampers(
        f"INSERT INTO {TABLE} (id, {copied}) SELECT %s, {changed} FROM {TABLE} WHERE id = %s",
        key,
        somebody().pk,
        row.pk,
    )
    return "a row"


Tampering = Callable[[random.Random, list[ConsentRecord]], str]
WAYS: list[tuple[Tampering, int]] = [
    (edits, 10),
    (exchanges, 1),
    (removes, 3),
    (removes_with_its_entry, 2),
    (edits_with_its_entry, 2),
    (slips_in, 3),
]


def breaks_found() -> int:
    """How many things `verify_ledger` finds."""
    return len(list(breaks(ledger.CHAIN)))


def test_every_random_tampering_is_found(sealed: list[ConsentRecord]) -> None:
    chance = random.Random(EDITS)
    ways = [way for way, weight in WAYS for _times in range(weight)]
    missed = []
    assert breaks_found() == 0

    for number in range(EDITS):
        way = chance.choice(ways)
        with transaction.atomic():
            where = way(chance, sealed)
            if breaks_found() == 0:
                missed.append((number, way.__name__, where))
            transaction.set_rollback(True)

    assert missed == []
    assert breaks_found() == 0


def test_the_command_fails_on_it_and_passes_on_a_whole_one(
    sealed: list[ConsentRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_ledger")

    edits(random.Random(1), sealed)

    with pytest.raises(CommandError, match="not as they were sealed"):
        call_command("verify_ledger")
    assert "consents: row" in capsys.readouterr().err


def test_the_expiry_and_the_basis_of_a_record_of_the_first_release_can_not_be_added_unseen(
    sealed: list[ConsentRecord],
) -> None:
    old = next(row for row in sealed if not row.lawful_basis)
    for change in ("expires_at = now()", "lawful_basis = 'consent'"):
        with transaction.atomic():
            tampers(f"UPDATE {TABLE} SET {change} WHERE id = %s", old.pk)
            assert breaks_found() > 0
            transaction.set_rollback(True)


def test_what_is_added_later_is_sealed_and_the_brands_share_one_chain(sealed: list[ConsentRecord]) -> None:
    tea = kaffeehaus("teehaus", is_default=False)
    says(somebody(), tea.newsletter, Decision.GIVEN, timezone.now())

    assert seal(ledger.CHAIN, timezone.now()) == 1
    assert breaks_found() == 0
