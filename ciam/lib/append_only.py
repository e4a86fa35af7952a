"""Ledgers that the database itself refuses to change."""

from django.db import migrations

_FORWARD = """
CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only();
"""
_BACKWARD = "DROP TRIGGER {table}_is_append_only ON {table}; DROP FUNCTION {table}_is_append_only();"


def append_only(table: str) -> migrations.RunSQL:
    """The migration step that makes a table refuse UPDATE and DELETE. Dropping a partition still works."""
    return migrations.RunSQL(_FORWARD.format(table=table), _BACKWARD.format(table=table))
