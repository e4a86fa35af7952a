"""What it costs to add a vendor, and what happens to one that breaks its own contract."""

from typing import ClassVar

from demo.sandbox.hubspot import HubSpot
from demo.sandbox.shapes import JsonObject
from demo.sandbox.vendor import Answer, Call, Known, Violation
from tests.sandbox.hubspot_calls import CONTACTS
from tests.sandbox.running import RunningSandbox

TOKEN = {"Authorization": "Bearer token"}


class Liar:
    """Claims to be another HubSpot, and answers every request with nonsense."""

    slug: ClassVar[str] = "liar"
    title: ClassVar[str] = "Liar"
    spec: ClassVar[str] = "hubspot.openapi.json"

    def behave(self, _call: Call) -> Answer:
        return Answer(200, {"results": [{"id": 7}]})

    def refuse(self, violation: Violation) -> Answer:
        return Answer(400, {"oops": violation.message})

    def fail(self, status: int) -> Answer:
        return Answer(status)

    def headers(self, _call: Call) -> dict[str, str]:
        return {}

    def rows(self, _call: Call) -> list[dict[str, str]]:
        return []

    def state(self) -> JsonObject:
        return {"lies": 1}

    def known(self) -> list[Known]:
        return []

    def remarks(self) -> list[str]:
        return []


def test_a_vendor_that_breaks_its_own_contract_is_loud_and_recorded() -> None:
    with RunningSandbox([Liar]) as sandbox:
        answer = sandbox.client.get(f"/liar{CONTACTS}", headers=TOKEN)

        assert answer.status_code == 500
        assert answer.text.startswith("the sandbox broke the contract: ")
        assert "results.0.id: 7 is not of type 'string'" in answer.text
        assert sandbox.violations("liar") == [answer.text]
        assert sandbox.requests("liar")[0]["status"] == 500


def test_an_error_answer_is_held_to_the_contract_too() -> None:
    with RunningSandbox([Liar]) as sandbox:
        answer = sandbox.client.get(f"/liar{CONTACTS}")

        assert answer.status_code == 500
        assert len(sandbox.violations("liar")) == 2


def test_a_second_vendor_has_its_own_prefix_page_state_and_requests() -> None:
    with RunningSandbox([HubSpot, Liar]) as sandbox:
        sandbox.client.get(f"/hubspot{CONTACTS}", headers=TOKEN)

        assert sandbox.state("liar") == {"lies": 1}
        assert len(sandbox.requests("hubspot")) == 1
        assert sandbox.requests("liar") == []
        assert "What Liar now knows" in sandbox.client.get("/liar").text
        assert "What Liar now knows" in sandbox.client.get("/").text


def test_a_reset_of_one_vendor_leaves_the_other_alone() -> None:
    with RunningSandbox([HubSpot, Liar]) as sandbox:
        for slug in ("hubspot", "liar"):
            sandbox.client.get(f"/{slug}{CONTACTS}", headers=TOKEN)
            sandbox.fault(slug, "garbage")

        sandbox.reset("liar")

        assert [one["vendor"] for one in sandbox.requests()] == ["hubspot"]
        assert [one["vendor"] for one in sandbox.faults()] == ["hubspot"]
