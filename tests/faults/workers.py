"""Faults of workers, of the clock that wakes them, and of the hints they are sent."""

import random
import signal
import time

from ciam.supervisor.plan import celery
from tests.faults.ground import Ground
from tests.site import STARTING_S, descendants, until

QUEUE = "celery"
MOST_KILLS = 20
FAILING_S = 20.0
POISON = "poison-value@example.com"
SPOILT = f"""
UPDATE accounts_profilevalue SET value = '[1]' WHERE attribute = 'interests' AND account_id IN
  (SELECT account_id FROM accounts_identifier WHERE normal = '{POISON}');
UPDATE provisioning_link SET wanted = gen_random_uuid(), not_before = now() WHERE account_id IN
  (SELECT account_id FROM accounts_identifier WHERE normal = '{POISON}')
"""
POISONED = f"""
SELECT count(*), count(*) FILTER (WHERE needs_human <> ''), max(tries) FROM provisioning_link
WHERE is_behind AND account_id IN (SELECT account_id FROM accounts_identifier WHERE normal = '{POISON}')
"""


def kill_the_worker(ground: Ground, seconds: float) -> None:
    """At any moment of its work: each begins before it is killed."""
    chance, until_then, times = random.Random(1), time.monotonic() + seconds, 0
    while time.monotonic() < until_then and times < MOST_KILLS:
        until(lambda: works(ground, "worker"), within=STARTING_S)
        time.sleep(chance.uniform(0.0, 3.0))
        ground.site.kill("worker")
        ground.site.start("worker")
        times += 1
    ground.notes.append(f"{times} kills")


def works(ground: Ground, worker: str) -> bool:
    """A worker has begun when its two processes are there."""
    return len(descendants(ground.site.children[worker].pid)) >= 2


def kill_between_call_and_settling(ground: Ground, seconds: float) -> None:
    """The vendor has done what was asked, and holds back its answer."""
    until_then, times = time.monotonic() + seconds, 0
    ground.vendor_does("timeout_after", seconds=2, times=1_000, path_contains="upsert")
    while time.monotonic() < until_then:
        before = asked_to_upsert(ground)
        until(lambda before=before: asked_to_upsert(ground) > before, within=STARTING_S)  # type: ignore[misc]
        ground.site.kill("worker")
        ground.site.start("worker")
        times += 1
    ground.vendors_behave()
    ground.notes.append(f"{times} kills in the window")


def asked_to_upsert(ground: Ground) -> int:
    counts = ground.site.get(f"{ground.site.sandbox_url}/counts")
    return int(counts.get("hubspot", {}).get("batchUpsert", 0))


def freeze_one_of_two_workers(ground: Ground, seconds: float) -> None:
    """In the middle of a call, and longer than a lease: another takes over, then the first one thaws."""
    with ground.second_worker():
        ground.vendor_does("timeout_after", seconds=3, times=6, path_contains="upsert")
        before = asked_to_upsert(ground)
        until(lambda: asked_to_upsert(ground) > before, within=STARTING_S)
        ground.signal("worker", signal.SIGSTOP)
        time.sleep(seconds)
        ground.signal("worker", signal.SIGCONT)
        time.sleep(3)  # what it had in its hands when it froze comes now, if ever
        ground.vendors_behave()


def repeat_and_shuffle_hints(ground: Ground, seconds: float) -> None:
    until_then, replayed, broker = time.monotonic() + seconds, 0, ground.redis
    while time.monotonic() < until_then:
        ground.signal("worker", signal.SIGSTOP)
        time.sleep(2)
        messages = [message for message in broker.lrange(QUEUE, 0, -1) for _twice in range(2)]
        random.Random(2).shuffle(messages)
        if messages:
            broker.lpush(QUEUE, *messages)
        replayed += len(messages)
        ground.signal("worker", signal.SIGCONT)
        time.sleep(2)
    ground.notes.append(f"{replayed} hints replayed")


def poison_one_person(ground: Ground, seconds: float) -> None:
    """A value in the database of which no connector can make a text."""
    ground.site.write_lite(POISON, interests=["tea"], consents=[ground.site.newsletter()])
    ground.sql(SPOILT)
    time.sleep(seconds)


def poison_waits_for_a_human(ground: Ground, _since: int) -> str:
    def told() -> bool:
        links, with_human, _tries = ground.sql(POISONED)[0]
        return bool(links) and bool(links == with_human)

    began = time.monotonic()
    try:
        until(told, within=180)
    except AssertionError:
        links, with_human, tries = ground.sql(POISONED)[0]
        return f"the poisoned person: {with_human} of {links} links wait for a human, after {tries} tries"
    ground.notes.append(f"the poisoned person waited for a human {time.monotonic() - began:.0f} s later")
    return ""


def double_the_clock(ground: Ground, seconds: float) -> None:
    file = ground.site.plan.var / "second-beat-schedule"
    ground.starts("second-beat", celery("beat", f"--schedule={file}", "--pidfile="))
    time.sleep(seconds)
    ground.site.kill("second-beat")


def stop_the_clock(ground: Ground, seconds: float) -> None:
    """And in the end let a vendor fail for so long that it is left alone for a while when all changes are
    made: nobody wakes a worker for what waits then."""
    ground.site.kill("beat")
    time.sleep(max(0.0, seconds - FAILING_S))
    ground.vendor_does("status", status=503, times=1_000)
    time.sleep(FAILING_S)
    ground.vendors_behave()


def start_the_clock(ground: Ground) -> None:
    ground.site.start("beat")
