"""Messages that wait leave the house: each is tried once, and never again where it may have gone out."""

import datetime as dt
import logging

from auth_flows import sms
from auth_flows.models import Sending, TextMessage
from auth_flows.sms.gateway import Refused, Unknown
from ciam.lib.outbox import NeedsHuman, TryLater, claim_due, give_to_human, postpone, settle

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=120)


def send_due(now: dt.datetime, most: int = 8) -> int:
    """Send what waits; returns how many left the house."""
    sent = 0
    for row in claim_due(TextMessage.objects.filter(done_at=None), most=most, lease=LEASE, now=now):
        if row.to_nobody or row.ends_at <= now or not sms.is_on():
            _done(row, now, Sending.TOO_LATE)
        elif row.tried_at:
            _done(row, now, Sending.UNKNOWN)  # whoever tried has died over it
        else:
            sent += _send(row, now)
    return sent


def _send(row: TextMessage, now: dt.datetime) -> bool:
    # Before the talk, and committed: a worker that dies in the middle doesn't make a second message.
    TextMessage.objects.filter(pk=row.pk).update(tried_at=now)
    try:
        remote_id = sms.gateway().send(row.recipient or "", row.text or "")
    except Refused as refusal:
        _done(row, now, Sending(refusal.why.value))
    except TryLater as later:
        postpone(row, now, later, tried_at=None)
    except NeedsHuman as need:
        log.error("an SMS can't be sent: %s", need)
        give_to_human(row, now, str(need))
    except Unknown as error:
        log.warning("nobody knows whether an SMS went out: %s", error)
        _done(row, now, Sending.UNKNOWN)
    else:
        _done(row, now, Sending.SENT, remote_id=remote_id)
        return True
    return False


def _done(row: TextMessage, now: dt.datetime, outcome: Sending, remote_id: str = "") -> None:
    settle(row, now, done_at=now, outcome=outcome, recipient=None, text=None, remote_id=remote_id)


def drop_old(before: dt.datetime, most: int = 10_000) -> None:
    old = TextMessage.objects.filter(ends_at__lt=before).values_list("pk", flat=True)[:most]
    TextMessage.objects.filter(pk__in=list(old)).delete()
