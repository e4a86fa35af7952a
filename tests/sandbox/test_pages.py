import httpx
from bs4 import BeautifulSoup

from tests.sandbox.hubspot_calls import CONTACTS, contact_id, row, set_status, upsert
from tests.sandbox.running import RunningSandbox

MARKUP = '<script>alert("1")</script>&amp;<img src=x>'


def page(sandbox: RunningSandbox, path: str) -> BeautifulSoup:
    answer = sandbox.client.get(path, headers={"Accept": "text/html"})
    return BeautifulSoup(answer.text, "html.parser")


def test_the_start_page_leads_to_each_vendor_and_back_to_the_shop(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    contact_id(hubspot, "ann@example.com")

    start = page(sandbox, "/")

    assert "1 person, none archived · 1 request" in start.get_text()
    links = [link["href"] for link in start.find_all("a")]
    assert {"/hubspot", "http://localhost:8001"} <= set(links)


def test_an_empty_vendor_says_so(sandbox: RunningSandbox) -> None:
    text = page(sandbox, "/hubspot").get_text()

    assert "HubSpot knows nobody yet." in text
    assert "Nobody has asked HubSpot anything yet." in text


def test_the_page_shows_people_subscriptions_and_requests(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    contact_id(hubspot, "ann@example.com", city="Bern")
    gone = contact_id(hubspot, "bob@example.com")
    set_status(hubspot, "ann@example.com", "SUBSCRIBED")
    set_status(hubspot, "cleo@example.com", "UNSUBSCRIBED")
    hubspot.delete(f"{CONTACTS}/{gone}")
    hubspot.post(CONTACTS, json={"nonsense": 1})
    sandbox.fault("hubspot", "status", status=500, times=2)

    shown = page(sandbox, "/hubspot")

    rows = {
        one.select(".name")[0].get_text(): " ".join(one.get_text(" ").split())
        for one in shown.select("tbody tr")
    }
    assert (
        "live city Bern email ann@example.com Newsletter subscribed Product news never asked"
        in (rows["ann@example.com"])
    )
    assert "archived" in rows["bob@example.com"]
    text = " ".join(shown.get_text().split())
    assert "1 person, 1 archived" in text
    assert "cleo@example.com has no contact, but a subscription status: Newsletter unsubscribed" in text
    assert "DELETE" in text
    assert "204 No Content" in text
    assert "Against the contract: " in text
    assert "The status 500, 2 times" in text


def test_everything_a_client_sends_is_escaped(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    upsert(hubspot, row("ann@example.com", firstname=MARKUP))
    hubspot.get(f"/{MARKUP}")

    raw = sandbox.client.get("/hubspot").text
    shown = BeautifulSoup(raw, "html.parser")

    assert "<script" not in raw
    assert "<img" not in raw
    assert MARKUP in " ".join(one.get_text() for one in shown.select(".facts"))


def test_pages_carry_a_strict_policy_and_keep_it(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    contact_id(hubspot, "ann@example.com")

    for path in ("/", "/hubspot", "/nothing-here"):
        answer = sandbox.client.get(path, headers={"Accept": "text/html"})

        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        shown = BeautifulSoup(answer.text, "html.parser")
        assert shown.find_all(["script", "style"]) == []
        assert shown.select("[style], [onclick], meta[http-equiv]") == []


def test_a_page_that_is_not_there_offers_a_way_on(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.get("/nobody", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "See all vendors" in answer.text


def test_the_stylesheet_is_served_and_nothing_beside_it(sandbox: RunningSandbox) -> None:
    assert sandbox.client.get("/static/sandbox.css").headers["Content-Type"].startswith("text/css")
    assert sandbox.client.get("/static/..%2F__main__.py").status_code == 404
    assert sandbox.client.get("/static/__main__.py").status_code == 404


def test_a_slash_at_the_end_does_no_harm(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.get("/hubspot/", follow_redirects=True)

    assert answer.status_code == 200
    assert answer.url.path == "/hubspot"
