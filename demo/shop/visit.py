"""One request, and what the shop knows about the browser that makes it."""

import hmac
import re
import secrets
from functools import cached_property

from werkzeug.wrappers import Request, Response

from demo.shop.facts import Scim
from demo.shop.shop import Room, Session, Shop
from demo.shop.websites import KAFFEEHAUS, website_at

# Ties forms and sign-ins to the browser that began them. `__Host-`: other programs live on localhost too.
BROWSER = KAFFEEHAUS.browser_cookie
RANDOM = re.compile(r"[A-Za-z0-9_-]{20,100}")
FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field


class Visit:
    def __init__(self, shop: Shop, request: Request) -> None:
        self.shop = shop
        self.request = request
        self.facts = shop.facts
        self.website = website_at(request.path)
        self._new: dict[str, str] = {}

    def held(self, cookie: str) -> str:
        """What the browser holds in it, or an empty text."""
        value = self._new.get(cookie) or self.request.cookies.get(cookie, "")
        return value if RANDOM.fullmatch(value) else ""

    def kept(self, cookie: str) -> str:
        """The same, but a browser that holds nothing gets a random value."""
        if not self.held(cookie):
            self._new[cookie] = secrets.token_urlsafe(24)
        return self.held(cookie)

    def session(self, room: Room) -> Session | None:
        return self.shop.sessions.get(self.held(room.value))

    @property
    def scim(self) -> Scim:
        return self.facts.scim if self.website is KAFFEEHAUS else self.facts.other_brand

    @property
    def record(self) -> str:
        """The id of the user that this website made of what this browser sent, or an empty text."""
        return self.shop.records[self.website].get(self.held(self.website.record_cookie)) or ""

    @cached_property
    def form_token(self) -> str:
        return _signed(self.shop, self.kept(self.website.browser_cookie))

    def is_from_our_form(self) -> bool:
        """No other site can make this browser send a form of ours."""
        browser = self.held(self.website.browser_cookie)
        sent = self.request.form.get(FORM_TOKEN, "")
        return bool(browser) and hmac.compare_digest(_signed(self.shop, browser).encode(), sent.encode())

    def give_cookies(self, answer: Response) -> None:
        for name, value in self._new.items():
            give_cookie(answer, name, value)


def _signed(shop: Shop, browser: str) -> str:
    return hmac.digest(shop.form_key, browser.encode(), "sha256").hex()


def give_cookie(answer: Response, name: str, value: str) -> None:
    """Until the browser closes."""
    answer.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="Lax")


def take_cookie(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")
