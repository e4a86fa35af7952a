"""Many rows of several tables by one statement.

Foreign keys are checked when the transaction ends (Django makes them deferred), so that the order of the
tables doesn't matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models

# What the driver writes as it is; every other field is asked first.
PLAIN = {models.UUIDField, models.CharField, models.BooleanField, models.TextField, models.ForeignKey}


@dataclass(frozen=True)
class _Table:
    head: str
    row: str
    fields: tuple[tuple[str, "models.Field[Any, Any] | None"], ...]
    """The name of each, and the field itself where it has to be asked."""


@cache
def _table(model: type[models.Model]) -> _Table:
    stored = [field for field in model._meta.concrete_fields if not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in stored)
    marks = ", ".join(["%s"] * len(stored))
    head = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '  # noqa: S608  names of our own models
    fields = tuple((field.attname, None if type(field) in PLAIN else field) for field in stored)
    return _Table(head, f"({marks})", fields)


def _value(row: models.Model, name: str, field: "models.Field[Any, Any] | None") -> Any:
    if field is None:
        return getattr(row, name)
    return field.get_db_prep_save(field.pre_save(row, True), connection)


def insert(rows: Sequence[models.Model]) -> None:
    """Save new rows, whose keys were made in Python. Raises IntegrityError, and then none is saved."""
    batches: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        batches.setdefault(type(row), []).append(row)
    if not batches:
        return
    statements, values = [], []
    for model, batch in batches.items():
        table = _table(model)
        statements.append(table.head + ", ".join([table.row] * len(batch)))
        for row in batch:
            values += [_value(row, name, field) for name, field in table.fields]
    *others, last = statements
    named = ", ".join(f"batch{number} AS ({statement})" for number, statement in enumerate(others))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if named else last, values)
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias
