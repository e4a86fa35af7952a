"""Only once, whoever is fast."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection
from django.utils import timezone

from auth_flows.models import BrowserSession, RefreshToken, Revocation
from ciam.lib import keys
from ciam.lib.models import SigningKey
from tests.auth_flows.oidc.apps import Answer, App, confidential, json_of, signed_in, userinfo
from tests.people import customer, kaffeehaus

T = TypeVar("T")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def app(transactional_db: None) -> App:
    return confidential(kaffeehaus().brand)


@pytest.fixture
def session(app: App) -> BrowserSession:
    return signed_in(customer(brand=app.client.brand, password=None), app.client.brand)


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """The answers of calls, of which ten at a time are under way and the first ones start together."""
    threads = min(10, len(calls))
    start = Barrier(threads)

    def one(number: int) -> T:
        try:
            if number < threads:
                start.wait(10)
            return calls[number]()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(len(calls))))


def statuses(responses: list[Answer]) -> dict[int, int]:
    found = [response.status_code for response in responses]
    return {status: found.count(status) for status in set(found)}


def test_of_fifty_uses_of_a_code_exactly_one_gets_tokens(app: App, session: BrowserSession) -> None:
    code = app.code(session)

    responses = at_once([lambda: app.redeem(code)] * 50)

    assert statuses(responses) == {200: 1, 400: 49}
    assert {json_of(r)["error"] for r in responses if r.status_code == 400} == {"invalid_grant"}
    assert RefreshToken.objects.count() == 1
    winner = next(json_of(r) for r in responses if r.status_code == 200)
    assert userinfo(winner["access_token"]).status_code == 401


def test_a_client_that_refreshes_in_parallel_is_not_logged_out(app: App, session: BrowserSession) -> None:
    token = app.tokens(session)["refresh_token"]

    responses = at_once([lambda: app.refresh(token)] * 20)

    assert statuses(responses) == {200: 20}
    tokens = {json_of(response)["refresh_token"] for response in responses}
    assert len(tokens) == 20
    assert not Revocation.objects.exists()
    assert all(app.refresh(one).status_code == 200 for one in sorted(tokens)[:3])


def test_of_parallel_uses_after_the_grace_none_gets_tokens(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)["refresh_token"]
    second = json_of(app.refresh(first))["refresh_token"]
    third = json_of(app.refresh(second))["refresh_token"]

    assert statuses(at_once([lambda: app.refresh(first)] * 20)) == {400: 20}

    assert app.refresh(third).status_code == 400
    assert Revocation.objects.count() == 1


def test_a_retry_and_the_successors_first_use_come_one_after_the_other(
    app: App, session: BrowserSession
) -> None:
    """Whoever is first: no token of a family that was found out as stolen stays alive."""
    for _round in range(10):
        first = app.tokens(session)["refresh_token"]
        second = json_of(app.refresh(first))["refresh_token"]

        retry, use = at_once([partial(app.refresh, first), partial(app.refresh, second)])

        ended = Revocation.objects.filter(pk__in=RefreshToken.objects.values("token_family")).exists()
        if retry.status_code == 400:
            assert ended
        else:
            assert use.status_code == 200
            assert not ended
        Revocation.objects.all().delete()


def test_two_programs_that_start_together_make_one_key_of_each_kind(transactional_db: None) -> None:
    SigningKey.objects.all().delete()
    keys.forget_cached()

    made = at_once([partial(keys.rotate, timezone.now())] * 2)

    assert sorted(SigningKey.objects.values_list("algorithm", flat=True)) == ["ES256", "RS256"]
    assert sorted(map(len, made)) == [0, 2]
