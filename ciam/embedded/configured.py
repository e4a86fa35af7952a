"""Databases that the environment names: those are checked, never started."""

import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg2

from ciam.embedded.errors import CannotStart

PATIENCE_S = 5


def configured(environment: Mapping[str, str], name: str) -> str | None:
    """The variable's value, or that of the file which NAME_FILE names; None where neither is set."""
    if value := environment.get(name):
        return value
    file = environment.get(f"{name}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotStart(f"{name}_FILE names a file that cannot be read: {error.strerror}.") from error


def check_database(url: str) -> None:
    """Refuse a PostgreSQL that doesn't let us in, before anything is started."""
    schemes = ("postgres", "postgresql")
    parts = _parts("DATABASE_URL", url, schemes, "postgresql://user:password@host:5432/name")
    try:
        psycopg2.connect(url, connect_timeout=PATIENCE_S).close()
    except psycopg2.Error as error:
        raise CannotStart(_unreachable("PostgreSQL", "DATABASE_URL", parts, 5432, str(error))) from None


def check_redis(url: str) -> None:
    """Refuse a Redis that nobody answers for. Sentinel addresses are left to the client."""
    schemes = ("redis", "rediss", "sentinel", "unix")
    parts = _parts("REDIS_URL", url, schemes, "redis://:password@host:6379/0")
    if parts.scheme not in {"redis", "rediss"}:
        return
    try:
        socket.create_connection((parts.hostname or "localhost", parts.port or 6379), PATIENCE_S).close()
    except OSError as error:
        raise CannotStart(_unreachable("Redis", "REDIS_URL", parts, 6379, str(error))) from None


def _parts(name: str, url: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port  # reading it is what checks it
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in schemes or port == 0:
        raise CannotStart(f"{name} must look like {example} (special characters in the password as %XX).")
    return parts


def _unreachable(what: str, name: str, parts: SplitResult, port: int, reason: str) -> str:
    place = f"{parts.hostname or 'localhost'}:{parts.port or port}"
    return (
        f"cannot use the {what} at {place} that {name} names ({_without_secrets(reason, parts)}): "
        f"start it, correct {name}, or unset it to have one started here."
    )


def _without_secrets(reason: str, parts: SplitResult) -> str:
    line = reason.strip().split("\n")[0].rpartition("failed: ")[2].strip()
    for secret in {parts.password or "", unquote(parts.password or ""), parts.netloc}:
        line = line.replace(secret, "***") if secret else line
    return line
