"""What the shop has to be told: where the CIAM is, and with which credentials the shop speaks to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from demo.shop.shapes import ShapeError, part, text, texts


class BadFacts(Exception):
    """demo.json is missing or says something else than agreed; the message is a sentence."""


@dataclass(frozen=True)
class Scim:
    base_url: str
    token: str


@dataclass(frozen=True)
class Client:
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Operator:
    email: str
    password: str
    totp_secret: str


@dataclass(frozen=True)
class Facts:
    base_url: str
    scim: Scim
    other_brand: Scim
    client: Client
    operator: Operator


def facts_of(told: Mapping[str, object]) -> Facts:
    """Raises ShapeError where something is missing."""
    scim, operator = part(told, "scim"), part(told, "admin")
    client = part(part(told, "clients"), "shop")
    users = text(scim, "base_url").rstrip("/")
    return Facts(
        base_url=text(told, "base_url").rstrip("/"),
        scim=Scim(users, text(scim, "token")),
        other_brand=Scim(users, text(scim, "other_brand_token")),
        client=Client(text(client, "client_id"), text(client, "client_secret"), texts(client, "scopes")),
        operator=Operator(text(operator, "email"), text(operator, "password"), text(operator, "totp_secret")),
    )


class FactsFile:
    """demo.json, read again when it changes. A file that is just being written changes nothing."""

    def __init__(self, path: Path) -> None:
        """Raises BadFacts."""
        self._path = path
        self._lock = Lock()
        self._facts = _read(path)
        self._mark = _mark(path)

    def current(self) -> Facts:
        with self._lock:
            mark = _mark(self._path)
            if mark not in (None, self._mark):
                self._take(mark)
            return self._facts

    def _take(self, mark: tuple[int, int] | None) -> None:
        try:
            self._facts, self._mark = _read(self._path), mark
        except BadFacts:
            return


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read(path: Path) -> Facts:
    try:
        told = json.loads(path.read_bytes())
        return facts_of(told if isinstance(told, dict) else {})
    except OSError as exc:
        raise BadFacts(f"{path} can't be read ({exc.strerror}).") from exc
    except (ValueError, ShapeError) as exc:
        raise BadFacts(f"{path} is not what the shop expects ({exc}).") from exc
