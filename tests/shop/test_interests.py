"""The second form, which changes the interests in the record that the first one made."""

import httpx
import pytest

from demo.shop.facts import Scim
from demo.shop.record import Saved, save_interests
from demo.shop.scim import CUSTOMER
from tests.shop.met import ADA, Ciam, leave_address
from tests.shop.met import save_interests as save
from tests.shop.running import RunningShop
from tests.shop.signing_in import form_token, hidden, text, ticks


def likes(ciam: Ciam) -> list[str]:
    found: list[str] = ciam.user()[CUSTOMER].get("interests", [])
    return found


def test_it_begins_with_what_is_known_and_replaces_it(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, likes="espresso")
        form = ada.get("/interests")

        answer = save(ada, ["filter", "decaf"], shown=form)

        assert ticks(form) == ["espresso"]
        assert answer.headers["Location"] == "/interests/saved"
        assert likes(ciam) == ["filter", "decaf"]
        assert "You like Filter coffee Decaf" in text(ada.get("/interests/saved"))


def test_nothing_else_in_the_record_changes(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, likes="espresso", newsletter=True)
        before = ciam.user()

        save(ada, ["decaf"])

    after = ciam.user()
    assert after[CUSTOMER].pop("interests") != before[CUSTOMER].pop("interests")
    assert {**after, "meta": None} == {**before, "meta": None}


def test_all_ticks_may_go(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, likes="espresso")

        save(ada, [])

        assert likes(ciam) == []
        assert "You ticked nothing" in text(ada.get("/interests/saved"))


def test_a_record_that_changed_meanwhile_is_read_again_and_that_is_told(
    ciam: Ciam, open_shop: RunningShop
) -> None:
    with open_shop.browser() as ada:
        leave_address(ada, likes="espresso")
        form = ada.get("/interests")
        ciam.patch(ciam.user()["id"], "name.givenName", "Ada")

        answer = save(ada, ["decaf"], shown=form)

        assert "had changed since you opened the form" in text(ada.get(answer.headers["Location"]))
    assert likes(ciam) == ["decaf"]
    assert ciam.user()["name"]["givenName"] == "Ada"


def test_a_record_that_changes_each_time_is_left_alone() -> None:
    def restless(request: httpx.Request) -> httpx.Response:
        return httpx.Response(412) if request.method == "PATCH" else httpx.Response(200, json={"id": "1"})

    with httpx.Client(transport=httpx.MockTransport(restless)) as http:
        saved = save_interests(http, Scim("http://ciam.example", "a-token"), "1", ["decaf"], 'W/"1"')

    assert saved is Saved.NOT


@pytest.mark.parametrize("version", ["", "*", "ä", 'W/"1"\r\nX-Evil: 1', '"' * 1000])
def test_a_made_up_version_names_no_state_of_the_record(
    ciam: Ciam, open_shop: RunningShop, version: str
) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        form = {**hidden(ada.get("/interests")), "version": version, "interests": "decaf"}

        answer = ada.post("/interests", data=form)

    assert answer.headers["Location"] == "/interests/saved?again=1"
    assert likes(ciam) == ["decaf"]


def test_only_our_own_form_changes_anything(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada, open_shop.browser() as mallory:
        leave_address(ada, likes="espresso")
        foreign = form_token(mallory.get("/catalogue"))

        answer = ada.post("/interests", data={"form_token": foreign, "interests": "decaf"})

        assert answer.status_code == 403
        assert ticks(answer) == ["decaf"]
    assert likes(ciam) == ["espresso"]


def test_an_address_is_no_key_to_the_record_behind_it(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada, open_shop.browser() as mallory:
        leave_address(ada, likes="espresso")
        leave_address(mallory, likes="decaf")

        form = mallory.get("/interests")
        sent = {"form_token": form_token(mallory.get("/catalogue")), "email": ADA, "interests": "decaf"}
        answer = mallory.post("/interests", data=sent)

    assert "Nothing to show here" in text(form)
    assert "Nothing to show here" in text(answer)
    assert likes(ciam) == ["espresso"]


def test_a_record_that_is_gone_is_not_made_anew(ciam: Ciam, open_shop: RunningShop) -> None:
    with open_shop.browser() as ada:
        leave_address(ada)
        form = ada.get("/interests")
        ciam.call("DELETE", f"/Users/{ciam.user()['id']}")

        answer = save(ada, ["decaf"], shown=form)

        assert "Nothing to show here" in text(answer)
