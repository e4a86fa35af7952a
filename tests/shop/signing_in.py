"""Ada, signed in or about to be, without a CIAM."""

from datetime import UTC, datetime

import httpx
from bs4 import BeautifulSoup

from demo.shop.oidc.told import Told
from demo.shop.shop import Attempt, Room, Session
from demo.shop.visit import BROWSER
from tests.shop.running import RunningShop

ADA = Told(
    sub="0b9c",
    acr="1",
    amr=("pwd",),
    auth_time=datetime(2026, 5, 23, 10, 15, 2, tzinfo=UTC),
    sid="a-session",
    email="ada@example.com",
    name="Ada <i>Lovelace</i>",
)


def let_in(website: RunningShop, browser: httpx.Client, room: Room = Room.ORDERS, told: Told = ADA) -> None:
    name = website.shop.sessions.put(Session(told, "an.id.token"))
    browser.cookies.set(room.value, name, domain="localhost.local", path="/")


def begin(website: RunningShop, browser: httpx.Client, where: str = "/orders") -> str:
    """The state of a sign-in that this browser has begun."""
    browser.get("/")
    held = browser.cookies[BROWSER]
    return website.shop.attempts.put(Attempt(Room.ORDERS, where, held, "a-nonce", "a-verifier"))


def text(answer: httpx.Response) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())


def form_token(answer: httpx.Response) -> str:
    found = BeautifulSoup(answer.text, "html.parser").select_one("[name=form_token]")
    assert found is not None
    return str(found["value"])


def hidden(answer: httpx.Response) -> dict[str, str]:
    """The hidden fields of the form in the middle of the page."""
    found = BeautifulSoup(answer.text, "html.parser").select("main form input[type=hidden]")
    return {str(field["name"]): str(field["value"]) for field in found}


def ticks(answer: httpx.Response) -> list[str]:
    found = BeautifulSoup(answer.text, "html.parser").select("[name=interests][checked]")
    return [str(field["value"]) for field in found]
