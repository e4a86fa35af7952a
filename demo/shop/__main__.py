"""`python -m demo.shop`: serves on 127.0.0.1:8001; SHOP_HOST and SHOP_PORT change that.

SHOP_URL and SANDBOX_URL are the addresses as browsers have them, VAR_DIR is the folder of demo.json.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from demo.shop.facts import BadFacts, FactsFile
from demo.shop.program import Program
from demo.shop.serving import listen, server
from demo.shop.shop import Shop

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    # SIGINT as well: what a shell starts in the background begins deaf to it.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _stop)
    host, port = os.environ.get("SHOP_HOST", "127.0.0.1"), _port()
    shop = Shop(
        _facts(),
        url=_origin("SHOP_URL", f"http://localhost:{port}"),
        sandbox_url=_origin("SANDBOX_URL", "http://localhost:8002"),
    )
    try:
        listening = listen(host, port)
    except OSError as exc:
        sys.exit(
            f"shop: {host}:{port} can't be used ({exc.strerror}). "
            "Stop the program that uses it, or set SHOP_PORT to another port."
        )
    running = server(listening, Program(shop))
    print(f"shop: ready at {shop.url}", flush=True)
    running.serve_forever()


def _facts() -> FactsFile:
    path = (CHECKOUT / os.environ.get("VAR_DIR", "var") / "demo.json").resolve()
    try:
        return FactsFile(path)
    except BadFacts as exc:
        sys.exit(f"shop: {exc} `make run` writes it anew.")


def _port() -> int:
    text = os.environ.get("SHOP_PORT", "8001")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        sys.exit(f"shop: SHOP_PORT must be a number from 1 to 65535, not '{text}'.")
    return int(text)


def _origin(name: str, usual: str) -> str:
    url = os.environ.get(name, usual).rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        sys.exit(f"shop: {name} must be an address such as {usual}, not '{url}'.")
    return url


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


main()
