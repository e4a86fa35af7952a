"""Faults of vendors, and of the way to them."""

import random
import time
from collections import Counter

import httpx

from tests.faults.gate import Way
from tests.faults.ground import Ground

# What HubSpot grants a private app in ten seconds.
MOST_CALLS, WINDOW = 190, 10.0
MOST_TOKENS = 5
POISON = "poison-row@example.com"
MIX = (
    {"status": 500},
    {"status": 500},
    {"status": 503},
    {"status": 429, "headers": {"Retry-After": "3"}},
    {"status": 404, "path_contains": "batch"},
    {"status": 409, "path_contains": "batch"},
)
GIVEN_TO_A_HUMAN = f"""
SELECT count(*) FILTER (WHERE link.needs_human <> ''), coalesce(max(tries), 0) FROM provisioning_link AS link
JOIN provisioning_connector AS connector ON connector.id = connector_id AND kind = 'hubspot'
WHERE account_id IN (SELECT account_id FROM accounts_identifier WHERE normal = '{POISON}')
"""
EVERYBODY_AGAIN = "UPDATE provisioning_link SET wanted = gen_random_uuid(), not_before = now()"
CHECK_DRIFT = """
from django.utils import timezone
from accounts.events import SYSTEM
from provisioning import runs
from provisioning.models import Connector, RunKind
for connector in Connector.objects.filter(kind="{kind}"):
    print(RunKind.DRIFT in runs.possible(connector) and bool(runs.start(
        RunKind.DRIFT, connector, SYSTEM, timezone.now())))
"""


def refuse_connections(ground: Ground, seconds: float) -> None:
    with ground.gate.being(Way.SHUT):
        time.sleep(seconds)


def answer_nothing(ground: Ground, seconds: float) -> None:
    with ground.gate.being(Way.BLACK_HOLE):
        time.sleep(seconds)


def answer_slowly(ground: Ground, seconds: float) -> None:
    with ground.gate.being(Way.SLOW):
        time.sleep(seconds)


def answer_errors(ground: Ground, seconds: float) -> None:
    """One of two requests fails, each in another way; one row is refused for ever; at last the token."""
    chance, until_then = random.Random(3), time.monotonic() + seconds
    row = {"property": "email", "equals": POISON}
    ground.vendor_does("row_errors", times=1_000, rows=row)
    ground.site.write_lite(POISON, interests=["tea"], consents=[ground.site.newsletter()])
    while time.monotonic() < until_then:
        ground.vendor_does("status", **chance.choice(MIX))
        time.sleep(chance.uniform(0.5, 1.5))
    waiting, tries = ground.sql(GIVEN_TO_A_HUMAN)[0]
    ground.notes.append(f"poisoned row: {'waits for a human' if waiting else 'still tried'}, {tries} tries")
    ground.vendors_behave()
    ground.vendor_does("status", status=401, times=1)
    time.sleep(3)
    ground.vendors_behave()
    ground.notes.append(f"the operator sent {ground.operator_acts()} links again")


def tell_lies(ground: Ground, seconds: float) -> None:
    """Answers that are no JSON, answers that break off, and records that are gone behind our back."""
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        ground.vendor_does("garbage", times=1)
        time.sleep(1.5)
        with ground.gate.being(Way.CUT):
            time.sleep(1.5)
    ground.vendors_behave()


def lose_records(ground: Ground, seconds: float) -> None:
    """The vendor said that it has them, and then has not; somebody asks for a check of the drift."""
    time.sleep(seconds)
    base = f"{ground.site.sandbox_url}/salesforce/services"
    form = {"grant_type": "client_credentials", "client_id": "hand", "client_secret": "hand"}
    token = httpx.post(f"{base}/oauth2/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    state = ground.site.get(f"{ground.site.sandbox_url}/state?vendor=salesforce")
    gone = [contact["Id"] for contact in state["Contact"] if not contact.get("HasOptedOutOfEmail")][-10:]
    for record in gone:
        path = f"{base}/data/v68.0/sobjects/Contact/{record}"
        httpx.delete(path, headers=headers).raise_for_status()
    ground.notes.append(f"{len(gone)} records deleted at the vendor")
    began = ground.site.manage("shell", "-v", "0", "-c", CHECK_DRIFT.format(kind="salesforce"))
    assert "True" in began, "no drift check could be started"


def refuse_the_token(ground: Ground, seconds: float) -> None:
    for _time in range(3):
        time.sleep(seconds / 3)
        ground.vendor_does("status", "salesforce", status=401, times=1, path_contains="composite")


def few_tokens(ground: Ground, since: int) -> str:
    asked = [one for one in ground.requests("salesforce", since) if one["path"].endswith("/token")]
    ground.notes.append(f"{len(asked)} token calls for 3 refusals")
    return "" if len(asked) <= MOST_TOKENS else f"{len(asked)} token calls"


def herd(ground: Ground, seconds: float) -> None:
    """Everybody there is waits for a vendor that is away, and then it is back."""
    with ground.gate.being(Way.SHUT):
        time.sleep(seconds / 2)
        ground.sql(EVERYBODY_AGAIN)
        time.sleep(seconds / 2)
        behind = ground.sql("SELECT count(*) FROM provisioning_link WHERE is_behind")[0][0]
    ground.notes.append(f"{behind} links waited")


def within_the_rate_limit(ground: Ground, since: int) -> str:
    """The most requests in any ten seconds, by the second."""
    seconds = Counter(str(one["at"])[:19] for one in ground.requests("hubspot", since))
    moments = {time.mktime(time.strptime(at, "%Y-%m-%dT%H:%M:%S")): count for at, count in seconds.items()}
    most = max(
        (sum(n for at, n in moments.items() if begin <= at < begin + WINDOW) for begin in moments), default=0
    )
    ground.notes.append(f"at most {most} HubSpot calls in 10 s")
    return "" if most <= MOST_CALLS else f"{most} HubSpot calls in 10 s, {MOST_CALLS} are granted"
