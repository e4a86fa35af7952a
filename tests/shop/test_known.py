"""The page that shows what SCIM lets the website know."""

import json
from typing import Any

import httpx
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from demo.shop.lens_table import rows
from demo.shop.record import BY_NAME
from demo.shop.scim import CUSTOMER
from demo.shop.shop import Room
from tests.shop.met import COFFEE, Ciam, leave_address
from tests.shop.running import RunningShop
from tests.shop.signing_in import form_token, let_in, text


def raw(answer: httpx.Response) -> dict[str, Any]:
    found = BeautifulSoup(answer.text, "html.parser").select_one("pre")
    assert found is not None
    told: dict[str, Any] = json.loads(found.get_text())
    return told


def test_it_shows_all_of_the_lens_to_read_and_as_it_came(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, likes="espresso", newsletter=True)

        page = ada.get("/known")

    user = ciam.user()
    by_name = ciam.call("GET", f"/Users/{user['id']}?attributes={BY_NAME}", COFFEE).json()
    assert raw(page) == user | {CUSTOMER: user[CUSTOMER] | by_name[CUSTOMER]}
    for told in (user["id"], "ada@example.com", "espresso", "lite", "decision: given", "catalogue"):
        assert told in text(page), told
    assert "this is all that its website may see" in text(page)


def test_what_others_said_is_shown_as_text(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        ciam.patch(ciam.user()["id"], "name.givenName", "<i>Ada</i>")

        html = ada.get("/known").text

    assert "<i>Ada" not in html
    assert html.count("&lt;i&gt;Ada&lt;/i&gt;") == 2


def test_an_address_opens_no_record_that_is_there_already(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada, open_shop.browser() as mallory:
        leave_address(ada)
        leave_address(mallory)

        assert "Nothing to show here" in text(mallory.get("/known"))
        assert ciam.user()["id"] in text(ada.get("/known"))


def test_another_address_does_not_hide_the_record_that_was_made_here(
    ciam: Ciam, open_shop: RunningShop
) -> None:
    with open_shop.browser() as bob, open_shop.browser() as ada:
        leave_address(bob, email="bob@example.com")
        leave_address(ada)
        leave_address(ada, email="bob@example.com")

        assert raw(ada.get("/known"))["id"] == ciam.user()["id"]


def test_the_answer_is_the_same_for_somebody_known_and_for_somebody_new(open_shop: RunningShop) -> None:
    with open_shop.browser() as ada, open_shop.browser() as mallory:
        new, known = leave_address(ada, newsletter=True), leave_address(mallory, newsletter=True)

    assert (new.status_code, new.text, new.headers["Location"]) == (
        known.status_code,
        known.text,
        known.headers["Location"],
    )
    names = [
        [cookie.split("=")[0] for cookie in answer.headers.get_list("Set-Cookie")] for answer in (new, known)
    ]
    assert names == [["__Host-shop-record"], ["__Host-shop-record"]]


def test_a_record_that_is_gone_is_shown_as_none(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        ciam.call("DELETE", f"/Users/{ciam.user()['id']}", COFFEE)

        assert "Nothing to show here" in text(ada.get("/known"))


def test_signing_out_leaves_nothing_to_see_for_the_next_one(open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        let_in(open_shop, ada, Room.ORDERS)
        held = dict(ada.cookies)

        ada.post("/sign-out", data={"form_token": form_token(ada.get("/orders"))})
        ada.cookies.update(held)

        assert "Nothing to show here" in text(ada.get("/known"))


LEAF = st.none() | st.booleans() | st.integers() | st.text()
NAME = st.text(min_size=1)
TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3), max_leaves=10
)


@given(st.dictionaries(NAME, TREE, max_size=4))
def test_every_text_of_a_record_stands_in_the_table(told: dict[str, object]) -> None:
    shown = [line for row in rows(told) for entry in row.entries for line in entry]

    for found in texts_of(told):
        spelled = json.dumps(found, ensure_ascii=False)[1:-1]
        assert any(found in line or spelled in line for line in shown)


def texts_of(tree: object) -> list[str]:
    if isinstance(tree, dict):
        return [found for inner in tree.values() for found in texts_of(inner)]
    if isinstance(tree, list):
        return [found for inner in tree for found in texts_of(inner)]
    return [tree] if isinstance(tree, str) else []
