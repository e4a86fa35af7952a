"""Slices of runs that make links wait for delivery again: all of a target's people, or those in trouble."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import Account
from ciam.lib.outbox import TryLater
from ciam.lib.wake import wake
from provisioning.listening import want
from provisioning.models import Connector, Delivery, DeliveryState, Link, Run
from provisioning.progress import advance, finish

SLICE = 500
# A change that comes while a run goes on waits behind no more than so many links and one slice.
MOST_WAITING = 2_000
PAUSE = 5.0
NOBODY = uuid.UUID(int=0)
"""Before every account."""

# Whoever may be known to the target, and whoever was. A receipt of an erasure stays what it is.
EVERYBODY = """
SELECT DISTINCT ON (account_id) account_id, member_id FROM (
  (SELECT account_id, member_id FROM provisioning_link
   WHERE connector_id = %(connector)s AND outcome NOT IN ('erasing', 'erased') AND account_id > %(after)s
   ORDER BY account_id LIMIT %(most)s)
  UNION ALL
  (SELECT account_id, id FROM accounts_membership AS member
   WHERE brand_id = %(brand)s AND status = 'active' AND account_id > %(after)s AND NOT EXISTS (
     SELECT FROM provisioning_link AS receipt
     WHERE receipt.connector_id = %(connector)s AND receipt.account_id = member.account_id
     AND receipt.outcome IN ('erasing', 'erased'))
   ORDER BY account_id LIMIT %(most)s)
) AS person ORDER BY account_id LIMIT %(most)s
"""

IN_TROUBLE = """
SELECT DISTINCT account_id FROM (
  SELECT account_id FROM provisioning_link WHERE connector_id = %(connector)s AND needs_human <> ''
  UNION ALL
  SELECT account_id FROM provisioning_delivery
  WHERE connector_id = %(connector)s AND needs_human <> '' AND state = 'waiting'
) AS person WHERE account_id > %(after)s ORDER BY account_id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Person:
    account_id: uuid.UUID
    member_id: uuid.UUID


def everybody(connector: Connector, after: uuid.UUID | None, most: int) -> list[Person]:
    """In the order of the accounts."""
    return [Person(*row) for row in _rows(EVERYBODY, connector, after, most)]


def in_trouble(connector: Connector, after: uuid.UUID | None, most: int) -> list[uuid.UUID]:
    """Accounts of which a link or a delivery waits for a human, in their order."""
    return [account for (account,) in _rows(IN_TROUBLE, connector, after, most)]


def _rows(
    query: str, connector: Connector, after: uuid.UUID | None, most: int
) -> list[tuple[uuid.UUID, ...]]:
    values: dict[str, uuid.UUID | int] = {
        "connector": connector.pk,
        "brand": connector.brand_id,
        "after": after or NOBODY,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def resync_slice(run: Run, now: dt.datetime) -> None:
    """Want the state of now for the next people; raises TryLater while the target has enough to do."""
    connector = run.connector
    _wait_for_the_target(connector)
    people = everybody(connector, run.cursor, SLICE)
    with transaction.atomic():
        if not people:
            finish(run, now)
            return
        Account.objects.locked(person.account_id for person in people)
        want({(person.account_id, connector.pk): person.member_id for person in people})
        advance(run, now, people[-1].account_id, seen=len(people), changed=len(people))


def _wait_for_the_target(connector: Connector) -> None:
    waiting = Link.objects.behind().filter(connector=connector, needs_human="")
    if len(waiting.values_list("pk", flat=True)[:MOST_WAITING]) == MOST_WAITING:
        raise TryLater("Waits until the target has caught up.", PAUSE)


def redrive_slice(run: Run, now: dt.datetime) -> None:
    """Try again what waits for a human."""
    connector = run.connector
    accounts = in_trouble(connector, run.cursor, SLICE)
    with transaction.atomic():
        if not accounts:
            finish(run, now)
            return
        Account.objects.locked(accounts)
        links = Link.objects.filter(connector=connector, account_id__in=accounts).exclude(needs_human="")
        again = {(link.account_id, connector.pk): link.member_id for link in links}
        want(again)
        stuck = Delivery.objects.filter(
            connector=connector, account_id__in=accounts, state=DeliveryState.WAITING
        ).exclude(needs_human="")
        told = stuck.update(needs_human="", tries=0, not_before=now)
        if told:
            wake("provisioning.sweep")
        advance(run, now, accounts[-1], seen=len(accounts), changed=len(again) + told)
