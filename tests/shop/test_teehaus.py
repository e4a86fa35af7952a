"""The other brand's website: another look, other cookies, and its own view of the same person."""

import httpx
from bs4 import BeautifulSoup

from demo.shop.scim import CUSTOMER
from demo.shop.websites import KAFFEEHAUS, TEEHAUS, website_at
from tests.shop.met import COFFEE, TEA, Ciam, leave_address, save_interests
from tests.shop.running import RunningShop
from tests.shop.signing_in import form_token, let_in, text


def test_each_brand_has_its_own_record_of_the_same_person(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, COFFEE, likes="espresso", newsletter=True)
        leave_address(ada, TEA, likes="green tea")
        coffee, tea = text(ada.get("/known")), text(ada.get("/teehaus/known"))

    at_coffee, at_tea = ciam.user(COFFEE), ciam.user(TEA)
    assert at_coffee["id"] != at_tea["id"]
    assert at_coffee["id"] in coffee
    assert at_tea["id"] in tea
    for theirs, page in (
        (at_coffee["id"], tea),
        ("espresso", tea),
        (at_tea["id"], coffee),
        ("green", coffee),
    ):
        assert theirs not in page
    assert at_tea[CUSTOMER]["source"] == "tea list"
    assert "consents" not in at_tea[CUSTOMER]


def test_its_newsletter_is_its_own(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, TEA, newsletter=True)
        leave_address(ada, COFFEE)

    [consent] = ciam.user(TEA)[CUSTOMER]["consents"]
    assert consent["surface"] == f"{open_shop.url}/teehaus/catalogue"
    assert "consents" not in ciam.user(COFFEE)[CUSTOMER]


def test_its_interests_are_its_own(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, COFFEE, likes="espresso")
        leave_address(ada, TEA, likes="green tea")

        answer = save_interests(ada, ["herbal", "espresso"], TEA)

    assert answer.headers["Location"] == "/teehaus/interests/saved"
    assert ciam.user(TEA)[CUSTOMER]["interests"] == ["herbal"]
    assert ciam.user(COFFEE)[CUSTOMER]["interests"] == ["espresso"]


def test_one_websites_cookies_open_nothing_at_the_other(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, COFFEE, analytics=True)
        record = ada.cookies[KAFFEEHAUS.record_cookie]
        visitor = ada.cookies[KAFFEEHAUS.visitor_cookie]

        ada.cookies.set(TEEHAUS.record_cookie, record, domain="localhost.local", path="/")

        assert "Nothing to show here" in text(ada.get("/teehaus/known"))
        leave_address(ada, TEA, analytics=True)
    assert visitor not in str(ciam.user(TEA))
    kept = [
        {getattr(one, what) for what in ("browser_cookie", "visitor_cookie", "record_cookie")}
        for one in (KAFFEEHAUS, TEEHAUS)
    ]
    assert kept[0].isdisjoint(kept[1])


def test_its_forms_refuse_the_tokens_of_the_others_forms(open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        token = form_token(ada.get("/catalogue"))
        ada.get("/teehaus/catalogue")

        answer = ada.post("/teehaus/catalogue", data={"form_token": token, "email": "ada@example.com"})

    assert answer.status_code == 403


def test_it_has_its_own_look_and_no_sign_in(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada)

    page = BeautifulSoup(ada.get("/teehaus/").text, "html.parser")

    assert [str(link["href"]) for link in page.select("link[rel=stylesheet]")] == [
        "/static/shop.css",
        "/static/teehaus.css",
    ]
    assert "ada@example.com" not in page.get_text()
    assert not page.select('form[action="/sign-out"]')
    for path in ("/static/teehaus.css", "/static/teehaus.svg", "/static/kaffeehaus.svg"):
        assert ada.get(path).status_code == 200


def test_its_cookies_are_kept_as_safe_as_the_others(open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        given = leave_address(ada, TEA, analytics=True).headers.get_list("Set-Cookie")
        names = set(ada.cookies)

    assert names == {f"__Host-teehaus-{what}" for what in ("browser", "visitor", "record")}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(given[0].split("; "))


def test_its_address_without_the_slash_leads_to_it(website: RunningShop, ada: httpx.Client) -> None:
    assert ada.get("/teehaus").headers["Location"] == f"{website.url}/teehaus/"


def test_addresses_below_it_are_its_own_and_no_others() -> None:
    for path in ("/teehaus", "/teehaus/", "/teehaus/known", "/teehaus/nowhere"):
        assert website_at(path) is TEEHAUS, path
    for path in ("/", "/known", "/teehausen", "/known/teehaus/"):
        assert website_at(path) is KAFFEEHAUS, path
