"""Nobody hears of two people for two years. Both are warned; one stays, the other is forgotten everywhere."""

import email
import email.policy
import re
from collections.abc import Iterator

import httpx
import psycopg2
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

STAYS, GOES = "stays@example.com", "goes@example.com"


@pytest.fixture(scope="module")
def ids(site: Site) -> dict[str, str]:
    """SCIM ids, by address."""
    answers = {one: site.write_lite(one, consents=[site.newsletter()]) for one in (STAYS, GOES)}
    return {one: str(answer.json()["id"]) for one, answer in answers.items()}


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser)
    yield person
    person.context.close()


def days_pass(site: Site, ids: dict[str, str], days: int) -> None:
    """For these two; then a worker makes its round."""
    with psycopg2.connect(site.engines.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_account SET contact_at = contact_at - %(span)s::interval,"
            " warned_at = warned_at - %(span)s::interval WHERE id IN"
            " (SELECT account_id FROM accounts_membership WHERE id = ANY(%(ids)s::uuid[]))",
            {"span": f"{days} days", "ids": list(ids.values())},
        )
    connection.close()
    site.manage("shell", "-c", "from accounts.tasks import keep_retention; keep_retention.delay()")


def warning_to(site: Site, address: str) -> str:
    """The link in the mail."""

    def newest() -> str | None:
        for file in sorted((site.plan.var / "mail").glob("[!.]*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))
            found = re.search(r"\S+/preferences/keep/\S+", body.get_content() if body else "")
            if message["to"] == address and found:
                return found.group()
        return None

    return until(newest)


def scim(site: Site, path: str) -> httpx.Response:
    facts = site.facts["scim"]
    headers = {"Authorization": f"Bearer {facts['token']}"}
    return httpx.get(f"{facts['base_url']}{path}", headers=headers, timeout=10)


def test_1_both_are_known_to_the_vendor(site: Site, ids: dict[str, str]) -> None:
    for address in ids:
        assert until(lambda address=address: site.contacts(address))  # type: ignore[misc]


def test_2_after_23_months_both_are_warned_and_one_stays(
    site: Site, ids: dict[str, str], visitor: Person
) -> None:
    days_pass(site, ids, 701)

    visitor.go(warning_to(site, GOES)).picture("30-warned")
    assert visitor.heading == "Shall Kaffeehaus remember you?"
    visitor.go(warning_to(site, STAYS)).press("Yes, remember me").picture("31-stays")

    assert visitor.heading == "Kaffeehaus remembers you"


def test_3_a_month_later_only_the_other_is_forgotten_here_and_at_the_vendor(
    site: Site, ids: dict[str, str]
) -> None:
    erased = len(site.vendor()["gdpr_deleted"])
    days_pass(site, ids, 31)

    until(lambda: not site.contacts(GOES), within=60)

    assert len(site.vendor()["gdpr_deleted"]) == erased + 1
    assert len(site.contacts(STAYS)) == 1
    assert scim(site, f"/Users/{ids[GOES]}").status_code == 404
    assert scim(site, f"/Users/{ids[STAYS]}").status_code == 200


def test_4_the_link_is_good_for_nothing_now(site: Site, visitor: Person) -> None:
    visitor.go(warning_to(site, GOES)).picture("32-gone")

    assert visitor.heading == "This link no longer works"


def test_5_who_comes_back_is_somebody_new(site: Site, ids: dict[str, str]) -> None:
    answer = site.write_lite(GOES)

    assert answer.status_code == 201
    assert answer.json()["id"] not in ids.values()
