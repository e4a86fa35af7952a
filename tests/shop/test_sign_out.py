"""Signing out, as far as it goes without a CIAM."""

import httpx

from demo.shop.shop import Room
from tests.shop.running import RunningShop
from tests.shop.signing_in import form_token, let_in, text


def test_it_ends_every_session_here_even_without_the_ciam(website: RunningShop, ada: httpx.Client) -> None:
    for room in Room:
        let_in(website, ada, room)
    names = [ada.cookies[room.value] for room in Room]

    answer = ada.post("/sign-out", data={"form_token": form_token(ada.get("/orders"))})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/signed-out")
    assert [website.shop.sessions.get(name) for name in names] == [None, None]
    assert not {room.value for room in Room} & set(ada.cookies)
    assert "You are signed out here" in text(ada.get("/signed-out"))


def test_another_site_can_not_sign_somebody_out(
    website: RunningShop, ada: httpx.Client, mallory: httpx.Client
) -> None:
    let_in(website, ada)
    let_in(website, mallory)

    for token in ("", "guessed", "ä", form_token(mallory.get("/"))):
        assert ada.post("/sign-out", data={"form_token": token}).status_code == 403

    assert ada.get("/orders").status_code == 200


def test_a_link_signs_nobody_out(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada)

    assert ada.get("/sign-out").status_code == 405
    assert ada.get("/orders").status_code == 200


def test_signed_out_everywhere_is_only_said_after_it_was_asked_for(
    website: RunningShop, ada: httpx.Client
) -> None:
    ada.get("/")
    state = website.shop.sign_outs.put(ada.cookies["__Host-shop-browser"])

    asked, made_up = (text(ada.get("/signed-out", params={"state": one})) for one in (state, "x"))

    assert "at the CIAM: the next sign-in asks" in asked
    assert "You are signed out here" in made_up
