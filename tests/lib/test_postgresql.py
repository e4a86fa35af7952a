"""Connections that are kept."""

import psycopg2
import pytest
from django.db import connection

from ciam.lib.postgresql.base import DatabaseWrapper


@pytest.fixture
def kept(transactional_db: None) -> DatabaseWrapper:
    """The connection of this thread, and no proxy of it."""
    wrapper = connection._connections[connection._alias]  # type: ignore[attr-defined]
    assert isinstance(wrapper, DatabaseWrapper)
    return wrapper


def begin_request(kept: DatabaseWrapper) -> None:
    """What Django does at the start of each."""
    kept.health_check_enabled = True
    kept.health_check_done = False


def backend(kept: DatabaseWrapper) -> int:
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


def test_a_connection_that_the_server_ended_is_replaced_at_once(kept: DatabaseWrapper) -> None:
    begin_request(kept)
    ended = backend(kept)

    with psycopg2.connect(**kept.get_connection_params()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
        assert cursor.fetchone() == (True,)
    other.close()
    begin_request(kept)

    assert backend(kept) != ended


def test_a_connection_that_was_asked_a_moment_ago_is_kept_without_asking(
    kept: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_request(kept)
    before = backend(kept)
    monkeypatch.setattr(kept, "is_usable", lambda: False)

    begin_request(kept)

    assert backend(kept) == before
