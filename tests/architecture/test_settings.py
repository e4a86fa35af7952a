"""What production refuses, and what each reader of the environment takes for its kind."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error, Tags
from django.core.checks.registry import registry
from django.test import override_settings

from ciam import checks, env
from tests.architecture.tree import ROOT

LONG_KEY = "ufLq0vZ3rD8yWn5bXk2TjCm7HsPa9EgR1oiQdYtVzBeNxUhKwM"
PRODUCTION: dict[str, Any] = {
    "MODE": "production",
    "DEBUG": False,
    "SECRET_KEY": LONG_KEY,
    "ALLOWED_HOSTS": ["id.example.com"],
    "BASE_URL": "https://id.example.com",
    "OUTBOUND_ALLOWED": [],
}
NAME = "CIAM_TRIED_HERE"


def refusals(**changed: Any) -> list[str | None]:
    with override_settings(**PRODUCTION | changed):
        return [message.id for message in checks.production_is_closed(None)]


def test_a_production_as_it_should_be_is_accepted() -> None:
    assert refusals() == []


@pytest.mark.parametrize(
    ("changed", "id"),
    [
        ({"DEBUG": True}, "ciam.E001"),
        ({"SECRET_KEY": LONG_KEY[:49]}, "ciam.E002"),
        ({"SECRET_KEY": "changeme" * 10}, "ciam.E002"),
        ({"ALLOWED_HOSTS": ["*"]}, "ciam.E003"),
        ({"ALLOWED_HOSTS": ["id.example.com", ".example.com"]}, "ciam.E003"),
        ({"ALLOWED_HOSTS": ["*.example.com"]}, "ciam.E003"),
        ({"BASE_URL": "http://id.example.com"}, "ciam.E004"),
        ({"OUTBOUND_ALLOWED": ["localhost:8002"]}, "ciam.E005"),
    ],
)
def test_production_refuses(changed: dict[str, Any], id: str) -> None:
    assert refusals(**changed) == [id]


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_a_demo_may_have_what_production_refuses(mode: str) -> None:
    assert refusals(MODE=mode, BASE_URL="http://localhost:8000", OUTBOUND_ALLOWED=["localhost:8002"]) == []


def test_a_refusal_has_an_id_and_says_what_to_do() -> None:
    with override_settings(**PRODUCTION | {"DEBUG": True, "SECRET_KEY": "short", "ALLOWED_HOSTS": ["*"]}):
        messages = checks.production_is_closed(None)

    assert len(messages) == 3
    assert all(isinstance(message, Error) and message.hint and message.msg for message in messages)
    assert "short" not in [word for message in messages for word in (message.hint or "").split()]


def test_the_refusals_run_whenever_checks_do() -> None:
    ours = [check for check in registry.get_checks() if check.__module__ == "ciam.checks"]

    assert ours
    assert all(Tags.security in check.tags for check in ours)


def start(folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """What the web server does first, in production."""
    environment = {
        "PATH": os.environ["PATH"],
        "CIAM_MODE": "production",
        "SECRET_KEY": LONG_KEY,
        "BASE_URL": "https://id.example.com",
        "DATABASE_URL": "postgresql://ciam:none@127.0.0.1:1/ciam",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "VAR_DIR": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-c", "import ciam.wsgi"],
        cwd=ROOT,
        env=environment | changed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_web_server_starts_in_a_production_as_it_should_be(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("DEBUG", "true", "ciam.E001"),
        ("SECRET_KEY", "short", "ciam.E002"),
        ("ALLOWED_HOSTS", "*", "ciam.E003"),
        ("BASE_URL", "http://id.example.com", "ciam.E004"),
        ("OUTBOUND_ALLOWED", "localhost:8002", "ciam.E005"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0", "ciam.E007"),
        ("LITE_FORM_CAPTCHA", "turnstile", "ciam.E008"),
    ],
)
def test_the_web_server_does_not_even_start(name: str, value: str, id: str, tmp_path: Path) -> None:
    """Whoever forgets to run the checks is refused as well."""
    said = start(tmp_path, **{name: value})

    assert said.returncode != 0
    assert id in said.stderr


Reader = Callable[[], object]
READERS: dict[str, Reader] = {
    "text": lambda: env.text(NAME, "usual"),
    "words": lambda: env.words(NAME, "one, two"),
    "boolean": lambda: env.boolean(NAME, True),
    "integer": lambda: env.integer(NAME, 7, least=1, most=9),
    "choice": lambda: env.choice(NAME, "red", ("red", "green")),
    "origin": lambda: env.origin(NAME, "https://id.example.com"),
    "networks": lambda: env.networks(NAME),
}
GOOD = [
    ("text", "", ""),
    ("text", "as it is ", "as it is "),
    ("words", "a,b , ,c", ["a", "b", "c"]),
    ("words", "", []),
    ("boolean", "1", True),
    ("boolean", "Yes", True),
    ("boolean", "FALSE", False),
    ("boolean", "no", False),
    ("integer", "1", 1),
    ("integer", " 9 ", 9),
    ("choice", "green", "green"),
    ("origin", "http://localhost:8000/", "http://localhost:8000"),
    ("networks", "10.0.0.0/8, 192.0.2.1,2001:db8::/32", ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]),
    ("networks", "", []),
]
BAD = [
    ("boolean", "", "true or false"),
    ("boolean", "on", "true or false"),
    ("boolean", "2", "true or false"),
    ("integer", "", "whole number"),
    ("integer", "1.5", "whole number"),
    ("integer", "0x10", "whole number"),
    ("integer", "0", "between 1 and 9"),
    ("integer", "10", "between 1 and 9"),
    ("integer", "-3", "between 1 and 9"),
    ("choice", "Red", "one of: red, green"),
    ("choice", "", "one of: red, green"),
    ("networks", "10.0.0.1/8", "networks such as"),
    ("networks", "proxy.example.com", "networks such as"),
    ("origin", "", "https://id.example.com"),
    ("origin", "id.example.com", "https://id.example.com"),
    ("origin", "ftp://id.example.com", "https://id.example.com"),
    ("origin", "https://", "https://id.example.com"),
    ("origin", "https://id.example.com/path", "https://id.example.com"),
    ("origin", "https://id.example.com?a=b", "https://id.example.com"),
    ("origin", "https://id.example.com#part", "https://id.example.com"),
    ("origin", "https://ada:hunter2@id.example.com", "https://id.example.com"),
    ("origin", "https://id.example.com:port", "address"),
    ("origin", "https://id.example.com:99999", "address"),
    ("origin", "https://[::1", "address"),
]
USUAL = {
    "text": "usual",
    "words": ["one", "two"],
    "boolean": True,
    "integer": 7,
    "choice": "red",
    "origin": "https://id.example.com",
    "networks": [],
}


@pytest.mark.parametrize(("reader", "value"), USUAL.items())
def test_a_variable_that_is_not_set_has_its_usual_value(
    reader: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAME, raising=False)

    assert READERS[reader]() == value


@pytest.mark.parametrize(("reader", "written", "read"), GOOD)
def test_a_good_value_is_read(
    reader: str, written: str, read: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, written)

    assert READERS[reader]() == read


@pytest.mark.parametrize(("reader", "written", "hint"), BAD)
def test_an_odd_value_is_refused_by_name_and_never_shown(
    reader: str, written: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, written)

    with pytest.raises(env.BadSetting) as refused:
        READERS[reader]()

    said = str(refused.value)
    assert NAME in said
    assert hint in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "secret",
    [
        "mysql://u:hunter2@db/x",
        "postgresql:///x",
        "postgresql://hunter2@db",
        "postgresql://u:hunter2/3@db/x",
        "postgresql://u:hunter2[@db/x",
        "postgresql://u:hunter2@db:99999/x",
    ],
)
def test_a_database_address_is_refused_without_showing_it(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, secret)

    with pytest.raises(env.BadSetting, match=NAME) as refused:
        env.database(NAME)

    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_database_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgres://ciam:p%40ss@db.internal:6432/ci%20am?sslmode=require")

    assert env.database(NAME) == {
        "ENGINE": "ciam.lib.postgresql",
        "NAME": "ci am",
        "USER": "ciam",
        "PASSWORD": "p@ss",
        "HOST": "db.internal",
        "PORT": 6432,
        "OPTIONS": {"sslmode": "require"},
    }


def test_what_must_be_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)

    with pytest.raises(env.BadSetting, match=rf"{NAME} must be set \(or {NAME}_FILE\)"):
        env.text(NAME)


def test_a_file_may_hold_the_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept in a file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))

    assert env.text(NAME) == "kept in a file"


def test_a_file_and_a_value_at_once_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(NAME, "here")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))

    with pytest.raises(env.BadSetting, match=f"either {NAME} or {NAME}_FILE"):
        env.text(NAME)


def test_a_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "nothing"))

    with pytest.raises(env.BadSetting, match=f"{NAME}_FILE names a file that can't be read"):
        env.text(NAME)


def test_a_file_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))

    with pytest.raises(env.BadSetting, match="not text in UTF-8"):
        env.text(NAME)
