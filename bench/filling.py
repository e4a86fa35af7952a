"""Rows by the million: INSERT ... SELECT, set by set."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import AutoField, Field, Model

from bench.crowd import IN_SQL

CHUNK = 50_000

Said = Mapping[str, str]
"""Field name -> SQL over `i`, the number of the account. Fields that a model hasn't are passed over."""


def fill(number: int, tables: Sequence[tuple[type[Model], Said]]) -> None:
    """A row for each account from 1 to `number` in each of these."""
    _prepare()
    for first in range(1, number + 1, CHUNK):
        last = min(first + CHUNK - 1, number)
        with transaction.atomic():
            for model, said in tables:
                insert(model, said, first, last)


def insert(model: type[Model], said: Said, first: int, last: int) -> None:
    """What isn't said gets the model's default, so that a new column needs no word here."""
    columns: list[str] = []
    expressions: list[str] = []
    values: list[Any] = []
    for field in model._meta.local_concrete_fields:
        if field.name not in said and (isinstance(field, AutoField) or field.generated):
            continue
        columns.append(connection.ops.quote_name(str(field.column)))
        expression, value = _filled(field, said)
        expressions.append(expression)
        values += value
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({', '.join(columns)}) "
            f"SELECT {', '.join(expressions)} FROM generate_series(%s::bigint, %s::bigint) AS i",
            [*values, first, last],
        )


def _filled(field: "Field[Any, Any]", said: Said) -> tuple[str, list[Any]]:
    if field.name in said:
        return said[field.name].replace("%", "%%"), []
    if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
        return "pg_temp.moment(i)", []
    return "%s", [field.get_db_prep_save(field.get_default(), connection)]


def _prepare() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        # What is written here refers to what is written here: the checks would take most of the time.
        cursor.execute("SET session_replication_role = replica")
        for head, expression in IN_SQL.items():
            cursor.execute(
                f"CREATE FUNCTION pg_temp.{head} LANGUAGE sql IMMUTABLE AS $$ SELECT {expression} $$"
            )


def polish() -> None:
    """As a server is after a quiet night."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
