"""Each change of what a target may know makes links wait for delivery, in the transaction of the change."""

import uuid
from collections.abc import Iterable, Sequence

from django.db import connection

from accounts.events import EventType
from accounts.models import Event, Membership
from ciam.lib.ids import uuid7
from ciam.lib.wake import wake
from provisioning.models import Link

# Unknown kinds of events do concern targets: sending once too often is the smaller harm.
OF_NO_CONCERN = {
    EventType.SIGNED_IN,
    EventType.SIGNED_OUT,
    EventType.SESSIONS_REVOKED,
    EventType.AUTHENTICATOR_ADDED,
    EventType.DELIVERY_ASKED_AGAIN,
}

# A row that a worker talks about keeps its lease: two at once could bring the older state after the newer.
# Times are the database's, which all machines share.
WANT = """
INSERT INTO provisioning_link AS link
  (id, account_id, connector_id, member_id, wanted, behind_since, not_before, created_at,
   tries, needs_human, remote_id, held, subscription_mark, outcome, trouble)
SELECT id, account_id, connector_id, member_id, %(wanted)s, now, now, now, 0, '', '', '{}', '', '', ''
FROM unnest(%(ids)s::uuid[], %(accounts)s::uuid[], %(connectors)s::uuid[], %(members)s::uuid[])
  AS pair (id, account_id, connector_id, member_id), clock_timestamp() AS now
ON CONFLICT (connector_id, account_id) DO UPDATE SET
  wanted = EXCLUDED.wanted,
  needs_human = '',
  tries = 0,
  behind_since = CASE WHEN link.sent = link.wanted THEN EXCLUDED.behind_since ELSE link.behind_since END,
  not_before = CASE WHEN link.claim IS NULL THEN EXCLUDED.not_before ELSE link.not_before END
"""

Pairs = dict[tuple[uuid.UUID, uuid.UUID], uuid.UUID]
"""(account id, connector id) -> membership id."""


def on_events(events: Sequence[Event]) -> None:
    """A listener of `accounts.events`: three statements, however many events."""
    concerned = {event.account_id for event in events if event.type not in OF_NO_CONCERN}
    want(concerned_pairs(account for account in concerned if account))


def concerned_pairs(accounts: Iterable[uuid.UUID]) -> Pairs:
    """Their targets: the active ones of each brand they were ever with, and those linked before."""
    ids = list(accounts)
    members = Membership.objects.filter(account__in=ids, brand__connectors__is_active=True)
    pairs = {
        (account, connector): member
        for account, connector, member in members.values_list("account_id", "brand__connectors__id", "id")
    }
    links = Link.objects.filter(account_id__in=ids).values_list("account_id", "connector_id", "member_id")
    return pairs | {(account, connector): member for account, connector, member in links}


def want(pairs: Pairs) -> None:
    """New state is wanted for these links, which are made where they are missing."""
    if not pairs:
        return
    # In this order every writer locks links, so that two never wait for each other.
    rows = sorted(pairs.items())
    with connection.cursor() as cursor:
        cursor.execute(
            WANT,
            {
                "wanted": uuid7(),
                "ids": [uuid7() for _row in rows],
                "accounts": [account for (account, _connector), _member in rows],
                "connectors": [connector for (_account, connector), _member in rows],
                "members": [member for _pair, member in rows],
            },
        )
    wake("provisioning.sweep")
