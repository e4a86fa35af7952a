"""Does each target hold what we believe it holds? Asked by night, person by person; who differs is sent anew.

What is compared is a keyed hash of the fields that we have sent: whatever else a target keeps is its own.
"""

import datetime as dt
import time
import uuid
from collections.abc import Mapping

from django.db import transaction

from accounts.models import Account
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning import breaker
from provisioning.connectors import kind_of
from provisioning.connectors.base import CanBeCompared, Hold, Push
from provisioning.delivery import FRESH, LEASE, Batch, read
from provisioning.listening import want
from provisioning.mapping import fields, hash_of, mapping_of
from provisioning.models import Connector, Link, Outcome, Run
from provisioning.progress import advance, finish

PAUSE = 60.0

There = Mapping[uuid.UUID, Mapping[str, str] | None]
"""What a target says that it holds: texts by field, by link id; None for whom it lacks."""


def drift_slice(run: Run, now: dt.datetime) -> None:
    """Compare the next batch. Raises TryLater where the target can't be asked now."""
    connector = run.connector
    is_open = Connector.objects.open_at(now).filter(pk=connector.pk).exists()
    if not is_open or not breaker.may_try(connector, now, LEASE):
        raise TryLater("Waits until the target can be reached again.", PAUSE)
    batch = read(_next_batch(run))
    there = _asked(batch, now)
    differing = [link for link in batch.links if _differs(link, batch, there)]
    with transaction.atomic():
        if not batch.links:
            finish(run, now)
            return
        Account.objects.locked(link.account_id for link in differing)
        _forget_records(batch, there)
        want({(link.account_id, connector.pk): link.member_id for link in differing})
        advance(run, now, batch.links[-1].account_id, seen=len(batch.links), changed=len(differing))


def _forget_records(batch: Batch, there: There) -> None:
    """Whom a target has lost is new there: all is said anew, also what was said once and for all."""
    lost = [link.pk for link in batch.links if link.pk in there and there[link.pk] is None]
    links = Link.objects.filter(pk__in=lost).order_by("account_id").select_for_update(of=("self",))
    for link in links:
        link.remote_id, link.subscription_mark = "", ""
        link.save(update_fields=["remote_id", "subscription_mark"])


def _next_batch(run: Run) -> Batch:
    kind = kind_of(run.connector)
    links = Link.objects.filter(connector=run.connector, outcome=Outcome.HOLDS, is_behind=False)
    if run.cursor is not None:
        links = links.filter(account_id__gt=run.cursor)
    following = tuple(links.order_by("account_id")[: kind.batch_size])
    return Batch(run.connector, kind, following, time.monotonic() + FRESH)


def _asked(batch: Batch, now: dt.datetime) -> There:
    """Only of those whom we would still send as we did: the others are sent anew in any case."""
    kind = batch.kind
    if not isinstance(kind, CanBeCompared):
        raise NeedsHuman("This kind of target can't be asked what it holds.")
    pushes = [batch.pushes[link.pk] for link in batch.links if _as_sent(link, batch)]
    if not pushes:
        breaker.resume(batch.connector, now)
        return {}
    try:
        there = dict(kind.held_there(batch.connector, pushes, batch.deadline))
    except (TryLater, NeedsHuman) as failure:
        breaker.learn(batch.connector, kind.batch_size, failure, now)
        raise TryLater(str(failure), failure.after if isinstance(failure, TryLater) else PAUSE) from failure
    breaker.learn(batch.connector, kind.batch_size, None, now)
    return there


def _as_sent(link: Link, batch: Batch) -> bool:
    """Whether what we would send now is what we sent. If it isn't, a change has escaped us."""
    push: Push | None = batch.pushes.get(link.pk)
    if push is None or not isinstance(push.wanted, Hold):
        return False
    mapping = mapping_of(batch.connector, batch.kind.default_mapping)
    return hash_of(fields(mapping, push.wanted.values)) == link.sent_hash


def _differs(link: Link, batch: Batch, there: There) -> bool:
    if not _as_sent(link, batch):
        return True
    if link.pk not in there:
        return False  # the target said nothing of this person: the next night asks again
    texts = there[link.pk]
    mapping = mapping_of(batch.connector, batch.kind.default_mapping)
    ours = {mapping[name] for name in link.held if name in mapping}
    return texts is None or hash_of({field: texts.get(field, "") for field in ours}) != link.sent_hash
