"""The catalogue's form: what it shows, what it takes for a yes, and what it tells the CIAM."""

import hashlib
from datetime import datetime, timedelta, timezone

import httpx
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from demo.shop.catalogue import form_page
from demo.shop.catalogue_form import NO_ADDRESS, Entry, new_wording
from demo.shop.leads import Agreed, Lead, user
from demo.shop.purposes import Purpose
from demo.shop.scim import CUSTOMER
from demo.shop.visit import Visit
from demo.shop.websites import KAFFEEHAUS, TEEHAUS
from tests.shop.met import ADA, Ciam, leave_address
from tests.shop.running import RunningShop
from tests.shop.signing_in import form_token, hidden, let_in, text

WORDS = "Yes, write to me & <b>often</b>."
HASH = hashlib.sha256(WORDS.encode()).hexdigest()
NEWS = Purpose("newsletter", 3, "en", "Our <news>", WORDS, HASH)
VISITS = Purpose("analytics", 1, "en", "Visits", "Count me.", hashlib.sha256(b"Count me.").hexdigest())
ASKED = (NEWS, VISITS)


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

    for more in ({}, {"newsletter": "yes"}, {"analytics": "yes"}):
        assert ada.post("/catalogue", data={**entry, **more}).status_code == 503


def test_the_form_shows_the_exact_words_as_text_and_nothing_ticked(website: RunningShop) -> None:
    visit = Visit(website.shop, Request(create_environ("/catalogue", website.url)))

    html = form_page(visit, ASKED, Entry()).get_data(as_text=True)

    assert "Yes, write to me &amp; &lt;b&gt;often&lt;/b&gt;." in html
    assert "Our &lt;news&gt;" in html
    assert "Count me." in html
    assert "checked" not in html
    for one in ASKED:
        assert f'name="{one.key}_version" value="{one.version}"' in html
        assert f'name="{one.key}_text_hash" value="{one.text_hash}"' in html


def test_a_mistake_keeps_what_was_entered(website: RunningShop) -> None:
    visit = Visit(website.shop, Request(create_environ("/catalogue", website.url)))
    entry = Entry(email='"><script>', interests=("decaf",), ticks={"analytics": ("1", VISITS.text_hash)})

    answer = form_page(visit, ASKED, entry, entry.mistakes(), 400)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'value="&quot;&gt;&lt;script&gt;"' in html
    assert 'value="decaf" checked' in html
    assert 'aria-describedby="email-mistake"' in html
    assert 'name="analytics" value="yes" checked' in html
    assert 'name="newsletter" value="yes" checked' not in html


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
    shown = {"newsletter": "yes", "newsletter_version": "3", "newsletter_text_hash": NEWS.text_hash}
    beside = {"analytics_version": "3", "analytics_text_hash": NEWS.text_hash}

    assert entered(**shown).agreed_to(NEWS)
    assert not entered(**{**shown, "newsletter_version": "2"}).agreed_to(NEWS)
    assert not entered(**{**shown, "newsletter_text_hash": "0" * 64}).agreed_to(NEWS)
    assert not entered(**{**shown, "newsletter": ""}).agreed_to(NEWS)
    assert not entered(**shown, **beside).agreed_to(VISITS)
    assert not entered(newsletter="yes", **beside).agreed_to(NEWS)


def test_where_a_wording_changed_its_tick_alone_is_taken_back() -> None:
    shown = {f"{one.key}_text_hash": one.text_hash for one in ASKED}
    entry = entered(newsletter="yes", newsletter_version="2", analytics="yes", analytics_version="1", **shown)

    again = entry.without(one for one in ASKED if not entry.agreed_to(one))

    assert again.ticks == {"analytics": ("1", VISITS.text_hash)}
    assert new_wording(NEWS).field == "newsletter"


def test_interests_that_were_not_offered_are_left_out() -> None:
    form = MultiDict([("interests", "decaf"), ("interests", "green tea"), ("interests", "espresso")])

    assert Entry.of(form, KAFFEEHAUS).interests == ("espresso", "decaf")
    assert Entry.of(form, TEEHAUS).interests == ("green tea",)


def test_the_scim_user_carries_the_proof_of_each_yes() -> None:
    at = datetime(2026, 5, 23, 12, 15, 2, 7000, timezone(timedelta(hours=2)))
    agreed = tuple(Agreed(one, "http://localhost:8001/catalogue", at) for one in ASKED)

    sent = user(Lead("ada@example.com", ("espresso",), "catalogue", "a-visitor", agreed))

    assert sent["userName"] == "ada@example.com"
    assert sent["emails"] == [{"value": "ada@example.com", "primary": True}]
    assert sent[CUSTOMER] == {
        "interests": ["espresso"],
        "source": "catalogue",
        "visitorId": "a-visitor",
        "consents": [
            {
                "purpose": purpose,
                "decision": "given",
                "version": version,
                "textHash": text_hash,
                "locale": "en",
                "at": "2026-05-23T10:15:02.007Z",
                "surface": "http://localhost:8001/catalogue",
            }
            for purpose, version, text_hash in (("newsletter", 3, HASH), ("analytics", 1, VISITS.text_hash))
        ],
    }


def test_no_tick_says_nothing_about_consent() -> None:
    assert user(Lead("ada@example.com", (), "tea list", None))[CUSTOMER] == {
        "interests": [],
        "source": "tea list",
    }


def test_only_with_its_tick_a_visit_has_a_number_and_the_ciam_is_told(
    ciam: Ciam, open_shop: RunningShop
) -> None:
    with open_shop.browser() as ada, open_shop.browser() as bob:
        leave_address(ada, newsletter=True, analytics=True)
        leave_address(bob, email="bob@example.com", newsletter=True)
        number = ada.cookies[KAFFEEHAUS.visitor_cookie]
        given = set(bob.cookies)

    known, of_bob = ciam.user()[CUSTOMER], ciam.user(email="bob@example.com")[CUSTOMER]
    assert known["visitorId"] == number
    assert {one["purpose"]: one["decision"] for one in known["consents"]} == {
        "newsletter": "given",
        "analytics": "given",
    }
    assert "visitorId" not in of_bob
    assert [one["purpose"] for one in of_bob["consents"]] == ["newsletter"]
    assert KAFFEEHAUS.visitor_cookie not in given


def test_a_number_from_before_is_not_sent_without_the_tick(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, analytics=True)
        number = ada.cookies[KAFFEEHAUS.visitor_cookie]
        leave_address(ada, email="bob@example.com")

    assert number not in str(ciam.user(email="bob@example.com"))


def test_words_that_changed_meanwhile_are_shown_again(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        fields = hidden(ada.get("/catalogue")) | {"newsletter_text_hash": "0" * 64}
        ticks = {"email": ADA, "newsletter": "yes", "analytics": "yes"}

        answer = ada.post("/catalogue", data={**fields, **ticks})

    ticked = BeautifulSoup(answer.text, "html.parser").select("input[checked]")
    assert answer.status_code == 400
    assert "The wording of “Newsletter” has just changed" in text(answer)
    assert [one["name"] for one in ticked] == ["analytics"]
    assert KAFFEEHAUS.visitor_cookie not in ada.cookies
