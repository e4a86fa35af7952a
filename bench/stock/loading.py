"""Users of the stock server, the same people as ours."""

from collections.abc import Sequence

from django.db import connection

from bench.filling import fill, polish
from bench.stock.models import User

USER = {
    "id": "i",
    "username": "pg_temp.email(i)",
    "email": "pg_temp.email(i)",
    "first_name": "pg_temp.given_name(i)",
    "last_name": "pg_temp.family_name(i)",
    "date_joined": "pg_temp.moment(i)",
    "scim_id": "i::text",
    "scim_username": "pg_temp.email(i)",
    "scim_external_id": "pg_temp.external_id(i)",
}


def main(arguments: Sequence[str]) -> None:
    fill(int(arguments[0]), [(User, USER)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('stock_user', 'id'), max(id)) FROM stock_user")
    polish()
