import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from ciam.lib.models import Counter
from ciam.lib.throttle import Limit, TooMany, drop_ended, forget, hit

THREE = Limit("three a minute", most=3, seconds=60)


@pytest.mark.django_db
def test_a_limit_closes_after_its_last_use_and_says_for_how_long() -> None:
    now = timezone.now()
    for _use in range(3):
        hit(THREE, "ada", now)

    with pytest.raises(TooMany) as refused:
        hit(THREE, "ada", now + dt.timedelta(seconds=10))

    assert refused.value.after == 50
    hit(THREE, "bob", now)


@pytest.mark.django_db
def test_a_limit_opens_again_when_its_time_is_over_or_it_is_forgotten() -> None:
    now = timezone.now()
    for _use in range(3):
        hit(THREE, "ada", now)

    hit(THREE, "ada", now + dt.timedelta(seconds=61))
    for _use in range(2):
        hit(THREE, "ada", now + dt.timedelta(seconds=61))
    forget(THREE, "ada")
    hit(THREE, "ada", now + dt.timedelta(seconds=62))


@pytest.mark.django_db
def test_the_table_names_nobody_and_ended_counters_go() -> None:
    now = timezone.now()
    hit(THREE, "ada@example.com", now)
    assert "ada" not in Counter.objects.get().key

    assert drop_ended(now + dt.timedelta(minutes=2)) == 1
    assert not Counter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_three_pass() -> None:
    now, passed = timezone.now(), []

    def use() -> None:
        try:
            hit(THREE, "ada", now)
            passed.append(1)
        except TooMany:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 3
