"""The demo shop inside the test process, on a free port, spoken to over real HTTP."""

from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import httpx

from demo.shop.facts import FactsFile
from demo.shop.program import Program
from demo.shop.serving import listen, server
from demo.shop.shop import Shop


class RunningShop:
    """`with RunningShop(demo_json) as shop:` and then `shop.url`, `shop.browser()`, ...

    The CIAM must know `<url>/callback` and `<url>/signed-out`, so a journey gives the port. 0: a free one.
    """

    def __init__(self, demo_json: Path, port: int = 0, *, sandbox_url: str = "http://localhost:8002") -> None:
        self._listening = listen("127.0.0.1", port)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.shop = Shop(FactsFile(demo_json), url=self.url, sandbox_url=sandbox_url)
        self._server = server(self._listening, Program(self.shop))
        self._thread = Thread(target=self._server.serve_forever, args=[0.01], daemon=True, name="shop")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._listening.close()
        self.shop.http.close()

    def browser(self) -> httpx.Client:
        """Keeps cookies as browsers do: to them localhost is secure, to Python's cookie jar it isn't."""
        browser = httpx.Client(base_url=self.url, timeout=30)

        def let_cookies_return(_answer: httpx.Response) -> None:
            for cookie in browser.cookies.jar:
                cookie.secure = False

        browser.event_hooks["response"].append(let_cookies_return)
        return browser
