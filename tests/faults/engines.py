"""Faults of PostgreSQL, of Redis, and of the disk."""

import contextlib
import os
import signal
import time

import redis

from tests.faults.ground import Ground

END_CONNECTIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = current_user AND pid <> pg_backend_pid()
"""


def crash_postgres(ground: Ground, seconds: float) -> None:
    time.sleep(2)
    start_again = ground.crash_postgres()
    time.sleep(seconds - 2)
    start_again()


def end_all_connections(ground: Ground, seconds: float) -> None:
    times = max(2, round(seconds / 5))
    ended = 0
    for _time in range(times):
        time.sleep(5)
        ended += int(ground.sql(END_CONNECTIONS)[0][0])
    ground.notes.append(f"{ended} connections ended, {times} times")


def empty_redis(ground: Ground, seconds: float) -> None:
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        ground.shut_down_redis()
        time.sleep(1)
        ground.site.engines.restart_redis()
        time.sleep(6)


def stop_redis(ground: Ground, seconds: float) -> None:
    ground.shut_down_redis()
    time.sleep(seconds)
    ground.site.engines.restart_redis()


def freeze_redis(ground: Ground, seconds: float) -> None:
    pid = ground.site.engines.redis_process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def fill_redis(ground: Ground, seconds: float) -> None:
    """It takes no write any more, and evicts nothing."""
    broker = ground.redis
    broker.config_set("maxmemory-policy", "noeviction")
    broker.config_set("maxmemory", "2mb")
    with contextlib.suppress(redis.ResponseError):
        for number in range(100):
            broker.set(f"filling-{number}", "x" * 50_000)
    time.sleep(seconds)
    broker.config_set("maxmemory", "0")
    broker.delete(*(f"filling-{number}" for number in range(100)))


def fill_the_disk(ground: Ground, seconds: float) -> None:
    """PostgreSQL may give up, as it should rather than lie; then it is started again, as an init would."""
    filling = ground.site.folder / "filling"
    child = ground.site.engines.postgres_process
    start_again = ground.postgres_starter()
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        with contextlib.suppress(OSError), filling.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        time.sleep(0.5)
    filling.unlink()
    if child.poll() is None:
        ground.notes.append("PostgreSQL lived on")
    else:
        start_again()
        ground.notes.append("PostgreSQL ended, and was started again once there was room")
