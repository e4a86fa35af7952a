"""Tables that only grow: partitioned by range of their UUIDv7 key from their first migration.

Old rows leave by dropping a partition, which neither locks nor bloats. A default partition takes whatever
has no month yet, so that a write never fails for want of one.
"""

import calendar
import datetime as dt
from typing import Any

from django.db import connection, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.utils import timezone

from ciam.lib.ids import floor_at

MONTHS_AHEAD = 3


class CreatePartitionedModel(migrations.CreateModel):
    """CreateModel for a table that PostgreSQL partitions by range of `id`."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{plain} PARTITION BY RANGE (id)"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        schema_editor.execute(f'CREATE TABLE "{table}_default" PARTITION OF "{table}" DEFAULT')
        for statement in _months(table, timezone.now()):
            schema_editor.execute(statement)


def _first_of(year: int, month: int) -> dt.datetime:
    return dt.datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=dt.UTC)


def _months(table: str, now: dt.datetime) -> list[str]:
    statements = []
    for ahead in range(MONTHS_AHEAD):
        start, end = _first_of(now.year, now.month + ahead), _first_of(now.year, now.month + ahead + 1)
        statements.append(
            f'CREATE TABLE IF NOT EXISTS "{table}_{start:%Y_%m}" PARTITION OF "{table}" '
            f"FOR VALUES FROM ('{floor_at(start)}') TO ('{floor_at(end)}')"
        )
    return statements


def make_coming_months(model: type[models.Model], now: dt.datetime) -> None:
    """Partitions of this month and the next ones. Called daily; a second call changes nothing."""
    with connection.cursor() as cursor:
        for statement in _months(model._meta.db_table, now):
            cursor.execute(statement)


def drop_before(model: type[models.Model], moment: dt.datetime) -> list[str]:
    """Drop the partitions whose month ended before `moment`; returns their names."""
    table = model._meta.db_table
    dropped = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        for (name,) in cursor.fetchall():
            if (end := _end_of(name, table)) and end <= moment:
                cursor.execute(f'DROP TABLE "{name}"')
                dropped.append(name)
    return dropped


def _end_of(name: str, table: str) -> dt.datetime | None:
    suffix: Any = name.removeprefix(f"{table}_")
    try:
        start = dt.datetime.strptime(suffix, "%Y_%m").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return start + dt.timedelta(days=calendar.monthrange(start.year, start.month)[1])
