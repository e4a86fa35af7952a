"""Hash chains over ledgers, sealed in batches after commit by a single sealer.

Writers take no lock: a batch takes the committed rows that have no entry yet, and rows of transactions still
open wait for the next. Each seal's digest covers the one before it and every row of its batch, and is signed
with a keyed hash, so that an edit, a removal, an insertion and a cut tail all show.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from ciam.lib.crypto import keyed_hash
from ciam.lib.ids import floor_at, made_at
from ciam.lib.models import Seal, SealEntry

# No transaction of ours lives longer (idle_in_transaction_session_timeout is a minute).
LATE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Chain:
    """A ledger to seal: rows have a UUIDv7 key, and `digest_of` hashes all that must never change."""

    name: str
    model: type[models.Model]
    digest_of: Callable[[Any], str]


def row_digest(*parts: object) -> str:
    """A digest in which no two different lists of parts look alike."""
    text = "".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(chain: Chain, now: dt.datetime, most: int = 5_000) -> int:
    """Seal what is committed and unsealed; returns how many rows. A second sealer meanwhile does nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"seal {chain.name}"])
            if not cursor.fetchone()[0]:
                return 0
        entries = SealEntry.objects.filter(chain=chain.name, row_id=models.OuterRef("pk"))
        manager: models.Manager[Any] = chain.model._default_manager
        rows = list(
            manager.filter(~models.Exists(entries), pk__gte=floor_at(now - LATE)).order_by("pk")[:most]
        )
        if not rows:
            return 0
        last = Seal.objects.filter(chain=chain.name).order_by("-number").first()
        number, previous = (last.number + 1, last.digest) if last else (1, "")
        digests = [chain.digest_of(row) for row in rows]
        SealEntry.objects.bulk_create(
            SealEntry(chain=chain.name, row_id=row.pk, number=number, digest=digest)
            for row, digest in zip(rows, digests, strict=True)
        )
        digest = row_digest(previous, *digests)
        Seal.objects.create(
            chain=chain.name,
            number=number,
            rows=len(rows),
            digest=digest,
            signature=_sign(chain.name, number, digest),
            sealed_at=now,
        )
        return len(rows)


def _sign(chain: str, number: int, digest: str) -> str:
    return keyed_hash("seal", f"{chain} {number} {digest}")


def breaks(chain: Chain, head: int | None = None, chunk: int = 2_000) -> Iterator[str]:
    """Each sentence says one thing that is not as it was sealed. Nothing: the ledger is whole.

    `head` is a seal number noted elsewhere: a chain that ends before it was cut.
    """
    yield from _broken_seals(chain, head)
    yield from _changed_rows(chain, chunk)
    yield from _unsealed_rows(chain)


def _broken_seals(chain: Chain, head: int | None) -> Iterator[str]:
    previous, expected = "", 1
    for seal_row in Seal.objects.filter(chain=chain.name).order_by("number").iterator():
        if seal_row.number != expected:
            yield f"{chain.name}: seal {expected} is missing"
            expected = seal_row.number
        entries = SealEntry.objects.filter(chain=chain.name, number=seal_row.number).order_by("row_id")
        digests = list(entries.values_list("digest", flat=True))
        if row_digest(previous, *digests) != seal_row.digest or len(digests) != seal_row.rows:
            yield f"{chain.name}: seal {seal_row.number} does not match its entries"
        if _sign(chain.name, seal_row.number, seal_row.digest) != seal_row.signature:
            yield f"{chain.name}: seal {seal_row.number} is not signed by this installation"
        previous, expected = seal_row.digest, seal_row.number + 1
    if head is not None and expected - 1 < head:
        yield f"{chain.name}: ends at seal {expected - 1}, but seal {head} was made"


def _changed_rows(chain: Chain, chunk: int) -> Iterator[str]:
    manager: models.Manager[Any] = chain.model._default_manager
    pending: list[SealEntry] = []

    def compare() -> Iterator[str]:
        rows = manager.in_bulk([entry.row_id for entry in pending])
        for entry in pending:
            if entry.row_id not in rows:
                yield f"{chain.name}: row {entry.row_id} is gone"
            elif chain.digest_of(rows[entry.row_id]) != entry.digest:
                yield f"{chain.name}: row {entry.row_id} was changed"

    for entry in SealEntry.objects.filter(chain=chain.name).order_by("row_id").iterator(chunk):
        pending.append(entry)
        if len(pending) == chunk:
            yield from compare()
            pending = []
    yield from compare()


def _unsealed_rows(chain: Chain) -> Iterator[str]:
    entries = SealEntry.objects.filter(chain=chain.name, row_id=models.OuterRef("pk"))
    manager: models.Manager[Any] = chain.model._default_manager
    newest = SealEntry.objects.filter(chain=chain.name).order_by("-row_id").first()
    if newest is None:
        return
    bound = floor_at(made_at(newest.row_id) - LATE)
    for row in manager.filter(~models.Exists(entries), pk__lt=bound).iterator():
        yield f"{chain.name}: row {row.pk} was slipped in"
