"""Each change of what a target may know makes links wait for delivery, in the transaction of the change."""

import uuid
from collections.abc import Mapping, Sequence

from django.db import connection

from accounts.events import EventType
from accounts.models import Event
from ciam.lib.ids import uuid7
from ciam.lib.wake import wake

# Unknown kinds of events do concern targets: sending once too often is the smaller harm.
OF_NO_CONCERN = {
    EventType.SIGNED_IN,
    EventType.SIGNED_OUT,
    EventType.SESSIONS_REVOKED,
    EventType.AUTHENTICATOR_ADDED,
    EventType.DELIVERY_ASKED_AGAIN,
    EventType.ACCOUNT_WARNED,
    EventType.ACCOUNT_KEPT,
}

# Their targets: the active ones of each brand that they were ever with, and those linked before.
CONCERNED = """
SELECT DISTINCT ON (account_id, connector_id) account_id, connector_id, member_id FROM (
  SELECT member.account_id, connector.id AS connector_id, member.id AS member_id
  FROM accounts_membership AS member JOIN provisioning_connector AS connector USING (brand_id)
  WHERE connector.is_active AND member.account_id = ANY(%(accounts)s::uuid[])
  UNION ALL
  SELECT account_id, connector_id, member_id FROM provisioning_link
  WHERE account_id = ANY(%(accounts)s::uuid[])
) AS concerned
"""

NAMED = """
SELECT * FROM unnest(%(accounts)s::uuid[], %(connectors)s::uuid[], %(members)s::uuid[])
  AS named (account_id, connector_id, member_id)
"""

# In the order of `pair` every writer locks links, so that two never wait for each other.
# A row that a worker talks about keeps its lease: two at once could bring the older state after the newer.
# Times are the database's, which all machines share.
WANT = """
INSERT INTO provisioning_link AS link
  (id, account_id, connector_id, member_id, wanted, behind_since, not_before, created_at,
   tries, needs_human, remote_id, held, subscription_mark, outcome, trouble)
SELECT gen_random_uuid(), account_id, connector_id, member_id, %(wanted)s, now, now, now,
   0, '', '', '{}', '', '', ''
FROM (SELECT * FROM ({pairs}) AS pair ORDER BY account_id, connector_id) AS pair, clock_timestamp() AS now
ON CONFLICT (connector_id, account_id) DO UPDATE SET
  wanted = EXCLUDED.wanted,
  needs_human = '',
  tries = 0,
  behind_since = CASE WHEN link.sent = link.wanted THEN EXCLUDED.behind_since ELSE link.behind_since END,
  not_before = CASE WHEN link.claim IS NULL THEN EXCLUDED.not_before ELSE link.not_before END
"""

Pairs = Mapping[tuple[uuid.UUID, uuid.UUID], uuid.UUID]
"""(account id, connector id) -> membership id."""


def on_events(events: Sequence[Event]) -> None:
    """A listener of `accounts.events`: one statement, however many events."""
    concerned = {event.account_id for event in events if event.type not in OF_NO_CONCERN and event.account_id}
    if concerned:
        _want(CONCERNED, {"accounts": sorted(concerned)})


def want(pairs: Pairs) -> None:
    """New state is wanted for these links, which are made where they are missing."""
    if pairs:
        accounts, connectors = zip(*pairs, strict=True)
        members = list(pairs.values())
        _want(NAMED, {"accounts": list(accounts), "connectors": list(connectors), "members": members})


def _want(pairs: str, values: Mapping[str, list[uuid.UUID]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WANT.replace("{pairs}", pairs), {**values, "wanted": uuid7()})
        is_work = cursor.rowcount > 0
    if is_work:
        wake("provisioning.sweep")
