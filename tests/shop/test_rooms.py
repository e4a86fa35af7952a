"""The pages for customers who are signed in."""

from dataclasses import replace
from datetime import timedelta

import httpx

from demo.shop.shop import Room
from tests.shop.running import RunningShop
from tests.shop.signing_in import ADA, let_in, text


def test_the_orders_show_what_the_shop_was_told(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada)

    page = text(ada.get("/orders"))

    for told in ("ada@example.com", "0b9c", "a-session", "pwd", "23 May 2026, 10:15:02 UTC"):
        assert told in page


def test_a_session_of_the_orders_opens_no_rewards(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada, Room.ORDERS)

    assert ada.get("/rewards").headers["Location"] == "/sign-in?next=/rewards"


def test_the_rewards_say_that_it_was_one_sign_in(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada, Room.ORDERS)
    let_in(website, ada, Room.REWARDS)

    page = text(ada.get("/rewards"))

    assert "One sign-in, two sessions" in page
    assert page.count("23 May 2026, 10:15:02 UTC") == 3


def test_the_rewards_say_when_it_was_another_sign_in(website: RunningShop, ada: httpx.Client) -> None:
    assert ADA.auth_time is not None
    let_in(website, ada, Room.ORDERS)
    let_in(website, ada, Room.REWARDS, replace(ADA, auth_time=ADA.auth_time + timedelta(hours=1)))

    assert "Two sign-ins" in text(ada.get("/rewards"))
