"""Many rows of several tables by one statement.

Foreign keys are checked when the transaction ends (Django makes them deferred), so that the order of the
tables doesn't matter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import connection, models

# What the driver writes as it is; every other field is asked.
PLAIN = {
    models.UUIDField,
    models.CharField,
    models.TextField,
    models.BooleanField,
    models.ForeignKey,
    models.DateTimeField,
    models.PositiveIntegerField,
    models.PositiveBigIntegerField,
}


@dataclass(frozen=True)
class _Table:
    head: str
    row: str
    take: Callable[[dict[str, Any]], tuple[Any, ...]]
    """What an object has for each column."""

    asked: tuple[tuple[int, "models.Field[Any, Any]"], ...]
    """The places of those that have to be asked."""


@cache
def _table(model: type[models.Model]) -> _Table:
    stored = [field for field in model._meta.concrete_fields if not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in stored)
    marks = ", ".join(["%s"] * len(stored))
    head = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '  # noqa: S608  names of our own models
    asked = tuple((place, field) for place, field in enumerate(stored) if not _is_plain(field))
    return _Table(head, f"({marks})", itemgetter(*(field.attname for field in stored)), asked)


def _is_plain(field: "models.Field[Any, Any]") -> bool:
    is_clock = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return type(field) in PLAIN and not is_clock


def _values(row: models.Model, table: _Table) -> Sequence[Any]:
    if not table.asked:
        return table.take(row.__dict__)
    values = list(table.take(row.__dict__))
    for place, field in table.asked:
        values[place] = field.get_db_prep_save(field.pre_save(row, True), connection)
    return values


def insert(rows: Sequence[models.Model]) -> None:
    """Save new rows, whose keys were made in Python. Raises IntegrityError, and then none is saved."""
    batches: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        batches.setdefault(type(row), []).append(row)
    if not batches:
        return
    statements: list[str] = []
    values: list[Any] = []
    for model, batch in batches.items():
        table = _table(model)
        statements.append(table.head + ", ".join([table.row] * len(batch)))
        for row in batch:
            values += _values(row, table)
    *others, last = statements
    named = ", ".join(f"batch{number} AS ({statement})" for number, statement in enumerate(others))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if named else last, values)
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias
