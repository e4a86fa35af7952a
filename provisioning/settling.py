"""The last phase of a delivery: what came of it is written to the links, if their claim still stands."""

import datetime as dt
from typing import Any

from django.db import models, transaction

from ciam.lib.ids import uuid7
from ciam.lib.outbox import NeedsHuman, TryLater, backoff, give_to_human, next_try, postpone, release, settle
from provisioning.breaker import LONGEST_PAUSE, did_well_lately
from provisioning.connectors.base import Answer, Done, Gone, Hold, Push
from provisioning.delivery import Batch, leaving
from provisioning.listening import want
from provisioning.mapping import fields, hash_of, mapping_of
from provisioning.models import Link, Outcome

# Some seven days at the longest delay between tries.
MOST_TRIES = 900
MOST_TRIES_ALONE = 8
LONGEST_TROUBLE = 300


def settle_all(batch: Batch, now: dt.datetime) -> int:
    """Returns how many links are done. One transaction, the links in their order."""
    done = 0
    alone = isinstance(batch.failure, TryLater) and batch.failure.after is None and len(batch.pushes) == 1
    with transaction.atomic():
        for link in batch.links:
            answer = batch.answers.get(link.pk)
            if alone and answer is None and link.pk in batch.pushes:
                stood = _settle_failed_alone(link, batch, now)
            else:
                stood = _settle(link, answer, batch, now)
            if not stood and link.pk in batch.pushes:
                _send_once_more(link, batch, answer)
            done += stood and isinstance(answer, Done)
    return done


def _settle_failed_alone(link: Link, batch: Batch, now: dt.datetime) -> bool:
    """Where the target fails again and again for this one person and does well for others, the person is what
    is the matter. Where it fails for everybody nobody is to blame, however long that lasts."""
    tries = min(link.tries + 1, MOST_TRIES_ALONE)
    if tries == MOST_TRIES_ALONE and did_well_lately(batch.connector, now):
        why = NeedsHuman(f"The target fails whenever this person is sent: {batch.failure}")
        return _settle(link, why, batch, now)
    wait = dt.timedelta(seconds=min(LONGEST_PAUSE, backoff(link.tries)))
    moment = _unless_changed(link, now + wait, now)
    return settle(link, now, tries=tries, not_before=moment, trouble=str(batch.failure)[:LONGEST_TROUBLE])


def _settle(link: Link, answer: Answer | None, batch: Batch, now: dt.datetime) -> bool:
    if isinstance(answer, TryLater) and link.tries >= MOST_TRIES:
        answer = NeedsHuman(f"Tried for days: {answer}")
    match answer:
        case Done():
            return _settle_done(link, answer, batch, now)
        case NeedsHuman():
            why = _unless_changed(link, str(answer), "")
            return give_to_human(link, now, str(answer), needs_human=why, trouble=_short(answer))
        case TryLater():
            moment = _unless_changed(link, next_try(link, now, answer), now)
            return postpone(link, now, answer, not_before=moment, trouble=_short(answer))
        case Gone():
            again = TryLater(str(answer))
            moment = _unless_changed(link, next_try(link, now, again), now)
            forgotten = {"remote_id": "", "held": [], "subscription_mark": "", "trouble": _short(answer)}
            return postpone(link, now, again, not_before=moment, **forgotten)
        case None:
            return release(link, now, trouble=str(batch.failure or "")[:LONGEST_TROUBLE])


def _settle_done(link: Link, done: Done, batch: Batch, now: dt.datetime) -> bool:
    asked = done.outcome in {Outcome.ERASING, Outcome.ERASED}
    return settle(
        link,
        now,
        sent=link.wanted,
        sent_at=now,
        behind_since=now,
        remote_id=done.remote_id,
        held=sorted(done.held),
        held_since=(link.held_since or now) if done.held else None,
        **_told(batch, batch.pushes.get(link.pk)),
        subscription_mark=done.subscription_mark,
        erasure_asked_at=(link.erasure_asked_at or now) if asked else None,
        erasure_task=done.task,
        outcome=done.outcome,
        trouble="",
    )


def _told(batch: Batch, push: Push | None) -> dict[str, object]:
    """For which purpose each attribute left, and a hash of what the target should hold from now on."""
    if push is None or not isinstance(push.wanted, Hold):
        return {"held_for": {}, "sent_hash": ""}
    mapping = mapping_of(batch.connector, batch.kind.default_mapping)
    return {
        "held_for": {one.attribute: one.purpose for one in push.wanted.why if one.leaves},
        "sent_hash": hash_of(fields(mapping, push.wanted.values)),
    }


def _unless_changed(link: Link, value: Any, otherwise: Any) -> models.Case:
    """What became of an older state must not hold up the one that is wanted since."""
    return models.Case(
        models.When(wanted=link.wanted, then=models.Value(value)), default=models.Value(otherwise)
    )


def _short(answer: Exception) -> str:
    return str(answer)[:LONGEST_TROUBLE]


def _send_once_more(link: Link, batch: Batch, answer: Answer | None) -> None:
    """Our claim was lost while we talked: we may have brought older state over newer.

    So the state of then is wanted anew, and whoever took over loses its claim too: what it believes to be
    there is no longer true. (To mark the link as never sent would not do: the other would mark it as done.)
    Its lease stays, so that nobody begins before it is through.
    """
    want({(link.account_id, link.connector_id): link.member_id})
    row = Link.objects.get(pk=link.pk)
    row.claim = uuid7() if row.claim else None
    row.held = sorted({*row.held, *leaving(batch.pushes[link.pk])})
    row.subscription_mark = ""
    if isinstance(answer, Done) and answer.remote_id:
        row.remote_id = answer.remote_id
    row.save(update_fields=["claim", "held", "subscription_mark", "remote_id"])
