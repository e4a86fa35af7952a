"""The sandbox as a program of its own: it starts, it says what is wrong, it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def run(**environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo.sandbox"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_end(ending: signal.Signals) -> None:
    port = free_port()
    with run(SANDBOX_PORT=str(port), SHOP_URL="http://shop.example") as program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == f"sandbox: ready at http://localhost:{port}\n"
            assert "http://shop.example" in httpx.get(f"http://localhost:{port}/").text
        finally:
            program.send_signal(ending)

    assert program.returncode == 0


def test_a_port_already_taken_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = run(SANDBOX_PORT=str(taken.getsockname()[1]))
        _out, told = program.communicate(timeout=30)

    assert program.returncode == 1
    assert told.count("\n") == 1
    assert "set SANDBOX_PORT to another port" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [("SANDBOX_PORT", "eighty"), ("SANDBOX_PORT", "70000"), ("SHOP_URL", "javascript:alert(1)")],
)
def test_a_setting_that_makes_no_sense_is_one_clear_line(name: str, value: str) -> None:
    program = run(**{name: value})
    _out, told = program.communicate(timeout=30)

    assert program.returncode == 1
    assert told.count("\n") == 1
    assert name in told
