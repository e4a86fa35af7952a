"""A real browser, driven as a person would, with a picture of every page."""

import contextlib
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ciam.supervisor.plan import CHECKOUT

SCREENSHOTS = CHECKOUT / "var" / "screenshots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
_numbers = itertools.count()
LOOKS = {
    "light": ({"width": 1100, "height": 800}, "light"),
    "dark": ({"width": 1100, "height": 800}, "dark"),
    "phone": ({"width": 390, "height": 800}, "light"),
}


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("Chromium is missing: install the package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody with a browser of their own."""

    context: BrowserContext
    page: Page

    @classmethod
    def arrives(cls, browser: Browser, *, scripts: bool = False) -> "Person":
        """Without JavaScript, unless a test is about what it adds: no page may need it."""
        context = browser.new_context(
            java_script_enabled=scripts, locale="en", extra_http_headers={"X-Forwarded-For": _network()}
        )
        context.set_default_timeout(15_000)
        return cls(context, context.new_page())

    def go(self, url: str) -> "Person":
        self.page.goto(url)
        return self

    def fill(self, **fields: str) -> "Person":
        for name, value in fields.items():
            self.page.locator(f"input[name={name}]").fill(value)
        return self

    def tick(self, name: str) -> "Person":
        self.page.locator(f"input[name={name}]").check()
        return self

    def press(self, label: str) -> "Person":
        self.page.get_by_role("button", name=label, exact=False).first.click()
        self.page.wait_for_load_state()
        return self

    def follow(self, label: str) -> "Person":
        self.page.get_by_role("link", name=label, exact=False).first.click()
        self.page.wait_for_load_state()
        return self

    @property
    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()

    @property
    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def picture(self, name: str) -> "Person":
        """This page in light, in dark, and on a phone, under var/screenshots/."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for look, (size, scheme) in LOOKS.items():
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.screenshot(path=_path(name, look), full_page=True)
        self.page.set_viewport_size(LOOKS["light"][0])  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")
        return self


def _network() -> str:
    """One for each person: limits are per network, and the whole suite would share this machine's."""
    number = next(_numbers)
    return f"198.18.{number // 250}.{number % 250 + 1}"


def _path(name: str, look: str) -> Path:
    return SCREENSHOTS / f"{name}-{look}.png"
