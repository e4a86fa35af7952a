"""The start page."""

import httpx
import pyotp
from bs4 import BeautifulSoup

from demo.shop.shop import Room
from tests.shop.running import RunningShop
from tests.shop.signing_in import let_in, text


def test_it_leads_through_the_five_steps(website: RunningShop, nobody: str, ada: httpx.Client) -> None:
    page = BeautifulSoup(ada.get("/").text, "html.parser")

    first_buttons = [step.select_one("a.button") for step in page.select(".steps > li")]
    assert [button["href"] for button in first_buttons if button] == [
        "/catalogue",
        "http://localhost:8002/hubspot",
        "/register",
        f"{nobody}/account/",
        f"{nobody}/admin/",
    ]
    assert page.select_one(f'a[href="{nobody}/dev/mail/"]')


def test_it_goes_on_to_what_websites_may_know(ada: httpx.Client) -> None:
    page = BeautifulSoup(ada.get("/").text, "html.parser")

    onwards = [card.select_one("a.button") for card in page.select(".cards > li")]
    assert [button["href"] for button in onwards if button] == ["/interests", "/known", "/teehaus/"]


def test_it_shows_what_the_operator_signs_in_with(website: RunningShop, ada: httpx.Client) -> None:
    totp = pyotp.TOTP(website.shop.facts.operator.totp_secret)

    before, page, after = totp.now(), text(ada.get("/")), totp.now()

    assert "operator@example.com" in page
    assert "a <b>bold</b> password" in page
    assert any(f"{code[:3]} {code[3:]}" in page for code in (before, after))


def test_it_says_who_is_signed_in_where(
    website: RunningShop, ada: httpx.Client, mallory: httpx.Client
) -> None:
    let_in(website, ada, Room.REWARDS)

    assert "Orders nobody Rewards ada@example.com" in text(ada.get("/"))
    assert "Orders nobody Rewards nobody" in text(mallory.get("/"))
