"""Walking through the hosted pages without a browser, as somebody with JavaScript switched off does."""

import email
import email.policy
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from django.utils import timezone

from ciam.lib.mail import send_due


@dataclass
class Walker:
    """A person with a browser: follows redirects on our site, reads pages, fills in forms."""

    browser: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    url: str = ""
    response: Any = None

    def open(self, url: str) -> "Walker":
        self._follow(self.browser.get(url), url)
        return self

    def send(self, form_index: int = 0, **fields: str) -> "Walker":
        """Fill in the form of this page and press its button."""
        form = self.soup.find_all("form")[form_index]
        values = {
            tag["name"]: tag.get("value", "")
            for tag in form.find_all("input")
            if tag.get("name") and tag.get("type") not in {"checkbox", "radio"}
        }
        action = str(form.get("action") or self.url)
        self._follow(self.browser.post(action, {**values, **fields}), action)
        return self

    def press(self, label: str) -> "Walker":
        """Press a button by its words."""
        for number, form in enumerate(self.soup.find_all("form")):
            for button in form.find_all("button"):
                if label in button.get_text(" ", strip=True):
                    name, value = str(button.get("name") or ""), str(button.get("value") or "")
                    return self.send(number, **({name: value} if name else {}))
        raise AssertionError(f"no button “{label}” on {self.heading!r}")

    def _follow(self, response: Any, url: str) -> None:
        for _hop in range(10):
            self.url, self.response = url, response
            if response.status_code not in {301, 302, 303}:
                return
            url = response["Location"]
            if urlsplit(url).netloc not in {"", "testserver", urlsplit(settings.BASE_URL).netloc}:
                self.url = url
                return
            parts = urlsplit(url)
            url = parts.path + (f"?{parts.query}" if parts.query else "")
            response = self.browser.get(url)
        raise AssertionError("redirected in circles")

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.response.content, "html.parser")

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def heading(self) -> str:
        found = self.soup.find("h1")
        return found.get_text(" ", strip=True) if found else ""

    def value(self, name: str) -> str:
        """What stands in a field."""
        field = self.soup.find("input", {"name": name})
        return str(field.get("value", "")) if field else ""

    @property
    def text(self) -> str:
        return self.soup.get_text(" ", strip=True)


def mails() -> list[tuple[str, str]]:
    """(recipient, text) of every mail so far, the oldest first. Sends what waits."""
    send_due(timezone.now())
    found = []
    for file in sorted(settings.MAIL_DIR.glob("[!.]*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        found.append((str(message["to"]), body.get_content() if body else ""))
    return found


def code_for(address: str) -> str:
    """The newest code that was mailed to an address."""
    texts = [text for to, text in mails() if to == address]
    assert texts, f"no mail to {address}"
    found = re.search(r"\b\d{6}\b", texts[-1])
    assert found, texts[-1]
    return found.group()
