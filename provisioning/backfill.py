"""Slices of a run that brings everybody to a target in jobs of thousands (`TakesJobs`).

A slice stays with its job until that is over, for as long as what it knows is fresh: meanwhile nobody else
speaks to the target of these people. A job that takes longer is abandoned, and its people go the usual way.
"""

import datetime as dt
import time
import uuid
from dataclasses import replace

from django.db import transaction

from accounts.models import Account
from ciam.lib.outbox import NeedsHuman, TryLater, claim_due, moment
from provisioning import breaker
from provisioning.connectors import kind_of
from provisioning.connectors.base import Answer, Hold, TakesJobs
from provisioning.delivery import FRESH, LEASE, Batch, announce, read
from provisioning.listening import want
from provisioning.models import Connector, Link, Run
from provisioning.progress import advance, finish
from provisioning.resyncing import Person, everybody
from provisioning.settling import settle_all
from provisioning.talking import failure_of

# What can be read, sent, worked on there and settled well within FRESH seconds.
SLICE = 2_000
# Seconds between two looks at a job, and what is left at the end for asking what came of it.
LOOK_EVERY = 1.0
FOR_ANSWERS = 8.0
PAUSE = 60.0


def backfill_slice(run: Run, now: dt.datetime) -> None:
    """Want the state of now for the next people, and bring it there in one job. Raises TryLater where the
    target can't be reached now."""
    connector, kind = run.connector, kind_of(run.connector)
    if not isinstance(kind, TakesJobs):
        raise NeedsHuman("This kind of target takes no jobs: resync it instead.")
    is_open = Connector.objects.open_at(now).filter(pk=connector.pk).exists()
    if not is_open or not breaker.may_try(connector, now, LEASE):
        raise TryLater("Waits until the target can be reached again.", PAUSE)
    people = everybody(connector, run.cursor, min(SLICE, kind.job_size))
    if not people:
        with transaction.atomic():
            finish(run, now)
        return
    batch = _in_one_job(announce(read(_claimed(connector, people))), kind)
    breaker.learn(connector, kind.batch_size, batch.failure, now)
    settle_all(batch, now)
    with transaction.atomic():
        advance(run, now, people[-1].account_id, seen=len(people), changed=len(batch.answers))


def _claimed(connector: Connector, people: list[Person]) -> Batch:
    """Wanted and claimed at once, so that no other worker takes them away by the hundred."""
    deadline = time.monotonic() + FRESH
    with transaction.atomic():
        Account.objects.locked(person.account_id for person in people)
        want({(person.account_id, connector.pk): person.member_id for person in people})
        theirs = Link.objects.behind().filter(
            connector=connector, account_id__in=[person.account_id for person in people]
        )
        links = claim_due(theirs, most=len(people), lease=LEASE, now=moment())
    ordered = tuple(sorted(links, key=lambda link: link.account_id))
    return Batch(connector, kind_of(connector), ordered, deadline)


def _in_one_job(batch: Batch, kind: TakesJobs) -> Batch:
    """Those who are to be held. The others go the usual way, by one call for a few of them."""
    held = [push for push in batch.pushes.values() if isinstance(push.wanted, Hold)]
    pushes = {push.link_id: push for push in held}
    answers: dict[uuid.UUID, Answer] = {}

    def talk() -> None:
        job = kind.begin_job(batch.connector, held, batch.deadline)
        if not job:
            return
        if _is_over_in_time(batch, kind, job):
            answers.update(kind.answers_of_job(batch.connector, job, held, batch.deadline))
        else:
            kind.abandon_job(batch.connector, job, time.monotonic() + FOR_ANSWERS)
            late = TryLater("The job took too long, and was ended.", PAUSE)
            answers.update((push.link_id, late) for push in held)

    failure = failure_of(batch.connector, talk) if held else None
    said = {**batch.answers, **{link: one for link, one in answers.items() if link in pushes}}
    return replace(batch, pushes=pushes, answers=said, failure=failure)


def _is_over_in_time(batch: Batch, kind: TakesJobs, job: str) -> bool:
    while time.monotonic() < batch.deadline - FOR_ANSWERS:
        if kind.job_is_over(batch.connector, job, batch.deadline):
            return True
        time.sleep(LOOK_EVERY)
    return False
