import datetime as dt

import pytest
from django.db import connection, models
from django.utils import timezone

from accounts.events import SYSTEM, Change, EventType, record
from accounts.models import Event
from auth_flows.models import SignIn
from ciam.lib.partitions import drop_before, make_coming_months

pytestmark = pytest.mark.django_db


def partitions(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("model", [Event, SignIn])
def test_tables_that_only_grow_have_a_month_each_and_a_default(model: type[models.Model]) -> None:
    table = model._meta.db_table

    assert f"{table}_default" in partitions(table)
    assert f"{table}_{timezone.now():%Y_%m}" in partitions(table)


def test_coming_months_are_made_once() -> None:
    later = timezone.now() + dt.timedelta(days=120)

    make_coming_months(Event, later)
    make_coming_months(Event, later)

    assert f"accounts_event_{later:%Y_%m}" in partitions("accounts_event")


def test_old_months_leave_whole_and_the_append_only_rows_with_them() -> None:
    record([Change(EventType.PROFILE_CHANGED, None, SYSTEM)])
    this_month = f"accounts_event_{timezone.now():%Y_%m}"

    assert drop_before(Event, timezone.now()) == []
    assert drop_before(Event, timezone.now() + dt.timedelta(days=32)) == [this_month]
    assert not Event.objects.exists()
