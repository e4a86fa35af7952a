"""`python -m demo.sandbox`: serves on 127.0.0.1:8002; SANDBOX_HOST, SANDBOX_PORT and SHOP_URL change that."""

import os
import signal
import sys
from types import FrameType
from urllib.parse import urlsplit

from demo.sandbox.program import Program
from demo.sandbox.serving import listen, server
from demo.sandbox.world import World


def main() -> None:
    # SIGINT as well: what a shell starts in the background begins deaf to it.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _stop)
    host, port, shop_url = os.environ.get("SANDBOX_HOST", "127.0.0.1"), _port(), _shop_url()
    try:
        listening = listen(host, port)
    except OSError as exc:
        sys.exit(
            f"sandbox: {host}:{port} can't be used ({exc.strerror}). "
            "Stop the program that uses it, or set SANDBOX_PORT to another port."
        )
    running = server(listening, Program(World(), shop_url))
    print(f"sandbox: ready at http://localhost:{port}", flush=True)
    running.serve_forever()


def _port() -> int:
    text = os.environ.get("SANDBOX_PORT", "8002")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        sys.exit(f"sandbox: SANDBOX_PORT must be a number from 1 to 65535, not '{text}'.")
    return int(text)


def _shop_url() -> str:
    url = os.environ.get("SHOP_URL", "http://localhost:8001")
    if urlsplit(url).scheme not in ("http", "https"):
        sys.exit(f"sandbox: SHOP_URL must begin with http:// or https://, not '{url}'.")
    return url


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


main()
