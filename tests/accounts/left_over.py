"""Looks into every table of the database, whatever tables there are by then."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import connection, models

from accounts.models import Account


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def holding(words: Iterable[str]) -> list[tuple[str, str]]:
    """(table, word) for every table in which a word stands, in whatever column and case."""
    wanted = sorted({word.lower() for word in words})
    found = []
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(
                f'SELECT DISTINCT word FROM "{table}" AS line, unnest(%s::text[]) AS word'
                " WHERE position(word IN lower(line::text)) > 0",
                [wanted],
            )
            found += [(table, word) for (word,) in cursor.fetchall()]
    return found


def named_by(account: Account) -> dict[str, int]:
    """How many rows of each model name this account, by a foreign key or by its bare id."""
    return {
        model.__name__: model._default_manager.filter(**{name: account.pk}).count()
        for model, name in _naming()
    }


def _naming() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is Account or field.attname == "account_id":
                yield model, field.attname
