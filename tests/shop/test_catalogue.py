"""The catalogue's form, as far as it goes without a CIAM."""

import hashlib
from datetime import datetime, timedelta, timezone

import httpx
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from demo.shop.catalogue import form_page
from demo.shop.catalogue_form import NO_ADDRESS, Entry
from demo.shop.leads import Agreed, Lead, user
from demo.shop.purposes import Purpose
from demo.shop.scim import CUSTOMER
from demo.shop.visit import Visit
from demo.shop.websites import KAFFEEHAUS, TEEHAUS
from tests.shop.running import RunningShop
from tests.shop.signing_in import form_token, let_in, text

WORDS = "Yes, write to me & <b>often</b>."
PURPOSE = Purpose("newsletter", 3, "en", "Our <news>", WORDS, hashlib.sha256(WORDS.encode()).hexdigest())


def entered(**fields: str) -> Entry:
    return Entry.of(MultiDict(fields), KAFFEEHAUS)


def test_without_the_ciam_there_is_no_form_but_a_way_on(ada: httpx.Client) -> None:
    answer = ada.get("/catalogue")

    assert answer.status_code == 503
    assert "Try again" in text(answer)
    assert "Connection refused" not in answer.text


def test_without_the_ciam_nothing_is_pretended(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada)
    entry = {"email": "ada@example.com", "form_token": form_token(ada.get("/orders"))}

    for more in ({}, {"newsletter": "yes"}):
        assert ada.post("/catalogue", data={**entry, **more}).status_code == 503


def test_the_form_shows_the_exact_words_as_text_and_nothing_ticked(website: RunningShop) -> None:
    visit = Visit(website.shop, Request(create_environ("/catalogue", website.url)))

    html = form_page(visit, PURPOSE, Entry()).get_data(as_text=True)

    assert "Yes, write to me &amp; &lt;b&gt;often&lt;/b&gt;." in html
    assert "Our &lt;news&gt;" in html
    assert "checked" not in html
    assert f'value="{PURPOSE.text_hash}"' in html


def test_a_mistake_keeps_what_was_entered(website: RunningShop) -> None:
    visit = Visit(website.shop, Request(create_environ("/catalogue", website.url)))
    entry = Entry(email='"><script>', interests=("decaf",))

    answer = form_page(visit, PURPOSE, entry, entry.mistakes(), 400)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'value="&quot;&gt;&lt;script&gt;"' in html
    assert 'value="decaf" checked' in html
    assert 'aria-describedby="email-mistake"' in html


def test_addresses_that_can_not_be_ones_are_refused() -> None:
    for wrong in ("", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "a@b@example.com"):
        assert entered(email=wrong).mistakes() == (NO_ADDRESS,), wrong
    assert not entered(email=" ada+x@mail.example.co.uk ").mistakes()


@given(st.text())
def test_an_address_that_passes_is_one_line_of_bounded_length(told: str) -> None:
    entry = entered(email=told)

    if not entry.mistakes():
        assert entry.email.isprintable()
        assert len(entry.email) <= 254
        assert entry.email.count("@") == 1


def test_a_tick_agrees_to_the_words_beside_it_and_to_no_others() -> None:
    shown = {"newsletter": "yes", "version": "3", "text_hash": PURPOSE.text_hash}

    assert entered(**shown).agreed_to(PURPOSE)
    assert not entered(**{**shown, "version": "2"}).agreed_to(PURPOSE)
    assert not entered(**{**shown, "text_hash": "0" * 64}).agreed_to(PURPOSE)
    assert not entered(version="3", text_hash=PURPOSE.text_hash).agreed_to(PURPOSE)


def test_interests_that_were_not_offered_are_left_out() -> None:
    form = MultiDict([("interests", "decaf"), ("interests", "green tea"), ("interests", "espresso")])

    assert Entry.of(form, KAFFEEHAUS).interests == ("espresso", "decaf")
    assert Entry.of(form, TEEHAUS).interests == ("green tea",)


def test_the_scim_user_carries_the_proof_of_a_yes() -> None:
    at = datetime(2026, 5, 23, 12, 15, 2, 7000, timezone(timedelta(hours=2)))
    agreed = Agreed(PURPOSE, "http://localhost:8001/catalogue", at)

    sent = user(Lead("ada@example.com", ("espresso",), "catalogue", "a-visitor", agreed))

    assert sent["userName"] == "ada@example.com"
    assert sent["emails"] == [{"value": "ada@example.com", "primary": True}]
    assert sent[CUSTOMER] == {
        "interests": ["espresso"],
        "source": "catalogue",
        "visitorId": "a-visitor",
        "consents": [
            {
                "purpose": "newsletter",
                "decision": "given",
                "version": 3,
                "textHash": PURPOSE.text_hash,
                "locale": "en",
                "at": "2026-05-23T10:15:02.007Z",
                "surface": "http://localhost:8001/catalogue",
            }
        ],
    }


def test_no_tick_says_nothing_about_consent() -> None:
    assert user(Lead("ada@example.com", (), "tea list", None, None))[CUSTOMER] == {
        "interests": [],
        "source": "tea list",
    }
