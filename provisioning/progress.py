"""How far a run is, saved together with what a slice of it wrote: a crash loses and doubles nothing."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import F

from provisioning.models import Run, RunState


class Lost(Exception):
    """Somebody else goes on with this run, or it was stopped or begun anew: the slice counts for nothing."""


def advance(run: Run, now: dt.datetime, last: uuid.UUID, *, seen: int, changed: int) -> None:
    """The slice went as far as the account `last`. To be called in the transaction of its writes, as the last
    thing in it; raises Lost, which undoes them."""
    _save(run, cursor=last, seen=F("seen") + seen, changed=F("changed") + changed, not_before=now)


def finish(run: Run, now: dt.datetime) -> None:
    """Nobody is left. Raises Lost as well."""
    _save(run, state=RunState.DONE, ended_at=now)


def _save(run: Run, **fields: object) -> None:
    assert transaction.get_connection().in_atomic_block
    ours = Run.objects.filter(pk=run.pk, claim=run.claim, state=RunState.RUNNING)
    if not ours.update(claim=None, tries=0, trouble="", **fields):
        raise Lost
