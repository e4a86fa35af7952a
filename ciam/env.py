"""Typed readers of the environment.

Each setting is read as NAME, or from the file that NAME_FILE names (the form that container secrets have).
An odd value stops the start with a sentence that names the variable and never its value.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit


class BadSetting(Exception):
    """A variable of the environment is missing or can't be read as what it should be."""


def text(name: str, default: str | None = None) -> str:
    """The variable's text. Without `default` it must be there."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        if name in os.environ:
            raise BadSetting(f"Set either {name} or {name}_FILE, not both.")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE names a file that can't be read: {error.strerror}.") from error
        except UnicodeDecodeError:
            raise BadSetting(f"{name}_FILE names a file that is not text in UTF-8.") from None
    value = os.environ.get(name, default)
    if value is None:
        raise BadSetting(f"{name} must be set (or {name}_FILE).")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def of(name: str, known: Mapping[str, str]) -> list[str]:
    """What a comma-separated list of names stands for."""
    said = words(name)
    if not set(said) <= set(known):
        raise BadSetting(f"{name} may only name: {', '.join(known)}.")
    return [known[word] for word in said]


def boolean(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in {"1", "0", "true", "false", "yes", "no"}:
        raise BadSetting(f"{name} must be true or false.")
    return value in {"1", "true", "yes"}


def integer(name: str, default: int, *, least: int, most: int) -> int:
    try:
        value = int(text(name, str(default)))
    except ValueError:
        raise BadSetting(f"{name} must be a whole number.") from None
    if not least <= value <= most:
        raise BadSetting(f"{name} must be between {least} and {most}.")
    return value


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise BadSetting(f"{name} must be one of: {', '.join(allowed)}.")
    return value


def _parts(value: str) -> SplitResult | None:
    """The parts of an address, None for what can't be one."""
    try:
        parts = urlsplit(value)
        _port = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def origin(name: str, default: str | None = None) -> str:
    """A base address, `http(s)://host[:port]`, without a path."""
    value = text(name, default).rstrip("/")
    parts = _parts(value)
    plain = parts and "@" not in parts.netloc and value == f"{parts.scheme}://{parts.netloc}"
    if parts is None or parts.scheme not in {"http", "https"} or not plain:
        raise BadSetting(f"{name} must be an address such as https://id.example.com, without a path.")
    return value


def networks(name: str) -> list[str]:
    """A comma-separated list of addresses and of networks such as 10.0.0.0/8."""
    try:
        return [str(ipaddress.ip_network(word)) for word in words(name)]
    except ValueError:
        raise BadSetting(f"{name} must be a list of networks such as 10.0.0.0/8 or 2001:db8::/32.") from None


def database(name: str) -> dict[str, object]:
    """Django's database entry for `postgresql://user:password@host:port/name`."""
    parts = _parts(text(name))
    if (
        parts is None
        or parts.scheme not in {"postgres", "postgresql"}
        or not re.fullmatch("/[^/]+", parts.path)
    ):
        raise BadSetting(
            f"{name} must look like postgresql://user:password@host:5432/name, "
            "with signs such as / in a password written as %2F."
        )
    return {
        "ENGINE": "ciam.lib.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port or 5432,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
