"""Members by the ten thousand, written set by set, for what only many rows show: the plans of queries."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model
from django.utils import timezone

from accounts.models import Account, Identifier, Membership, ProfileValue
from tests.provisioning.scim.door import Site

ACCOUNT = "('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid"


def fill(site: Site, number: int) -> None:
    """Members 1 to `number`: person1, … with an address, an external id and a name, one a minute."""
    begin = (timezone.now() - dt.timedelta(days=400)).isoformat()
    at = f"'{begin}'::timestamptz + i * interval '1 min'"
    brand, website = str(site.brand.pk), str(site.website.pk)
    _insert(Account, number, {"id": ACCOUNT})
    _insert(
        Membership,
        number,
        {"id": "gen_random_uuid()", "account_id": ACCOUNT, "brand_id": f"'{brand}'::uuid", "how": "'import'"}
        | {"since": at, "changed_at": f"{at} + (i %% 97) * interval '1 day'"},
    )
    for kind, scope, value in (
        ("username", brand, "'person' || i || '@example.com'"),
        ("email", brand, "'person' || i || '@example.com'"),
        ("external_id", website, "'crm-' || i"),
    ):
        said = {"kind": f"'{kind}'", "scope": f"'{scope}'", "value": value, "normal": value}
        _insert(Identifier, number, {"id": "gen_random_uuid()", "account_id": ACCOUNT} | said)
    said = {"attribute": "'family_name'", "value": "to_jsonb('Name ' || i)", "folded": "'name ' || i"}
    by = {"source": "'website'", "said_by": f"'{website}'", "said_at": "now()"}
    _insert(ProfileValue, number, {"id": "gen_random_uuid()", "account_id": ACCOUNT} | said | by)
    with connection.cursor() as cursor:
        for model in (Account, Membership, Identifier, ProfileValue):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _insert(model: type[Model], number: int, said: Mapping[str, str]) -> None:
    """`said`: SQL by column, over the number `i`. What isn't said gets the model's default."""
    columns, expressions, values = [], [], []
    for field in model._meta.local_concrete_fields:
        column = str(field.column)
        if column not in said and isinstance(field, AutoField):
            continue
        columns.append(connection.ops.quote_name(column))
        expressions.append(said.get(column, "%s"))
        values += [] if column in said else [_default(field)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
            f"SELECT {', '.join(expressions)} FROM generate_series(1, %s) AS i",
            [*values, number],
        )


def _default(field: "Field[Any, Any]") -> Any:
    stamped = getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)
    return field.get_db_prep_save(timezone.now() if stamped else field.get_default(), connection)
