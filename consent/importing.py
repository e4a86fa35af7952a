"""Import of consents that were given before, from a CSV file.

Columns (a header names them): `who` (an e-mail address, or a membership's id, which is what SCIM calls the
person), `purpose` (its key), `decision` (given, refused or withdrawn), `said_at` (ISO 8601 with its offset);
and what proves an agreement: `version`, `text_hash` (SHA-256 of the exact text, hex), `surface`, `locale`.

An agreement without its proof is kept as unproven and releases nothing; with it, it counts like one that a
website reports (`consent.proofs`). A no needs no proof. Nobody is mailed. Each batch is one transaction: its
good rows are all written or none of them. A row that was imported before adds nothing.
"""

import csv
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction

from accounts.events import Actor
from accounts.identifiers import BadIdentifier, normal_email
from accounts.models import (
    LEAVING,
    Account,
    Brand,
    Identifier,
    IdentifierKind,
    Membership,
    MembershipStatus,
)
from consent import ledger, proofs
from consent.ledger import Given
from consent.models import ConsentRecord, Decision, Method
from consent.proofs import Report, UnknownPurpose

BATCH = 500
IMPORTER = Actor("system", "import")
# Earlier ones are how programs write “never”; in the year 1, with an offset, nothing could read them again.
PAST = dt.datetime(1995, 1, 1, tzinfo=dt.UTC)
NEEDED = {"who", "purpose", "decision", "said_at"}
OPTIONAL = {"version", "text_hash", "surface", "locale"}
SAYABLE = {Decision.GIVEN, Decision.REFUSED, Decision.WITHDRAWN}
LONGEST = {"text_hash": 64, "surface": 500, "locale": 10}


class BadFile(ValueError):
    """The file has not the columns of an import."""


class BadRow(ValueError):
    """Why a row can't be taken. The sentence has no personal value."""


@dataclass(frozen=True)
class Trouble:
    line: int
    why: str


@dataclass
class Outcome:
    """How many rows became which decision (`kept`: what stands stays as it is), and which were refused."""

    written: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    refused: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    line: int
    who: uuid.UUID | str
    """A membership's id, or an address in its normal form."""
    report: Report


def imported(lines: Iterable[str], brand: Brand, now: dt.datetime, *, dry_run: bool = False) -> Outcome:
    """Read a file line by line and write what it says; raises BadFile. `dry_run` leaves nothing
    behind, so that it counts a row of one batch that says the same as one of an earlier batch, too."""
    reader = csv.DictReader(lines, strict=True)
    columns = set(reader.fieldnames or ())
    if not columns >= NEEDED or columns - NEEDED - OPTIONAL:
        raise BadFile(f"The columns are {', '.join(sorted(NEEDED))}; and {', '.join(sorted(OPTIONAL))}.")
    outcome = Outcome()
    rows = _rows(reader, outcome, now)
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic():
            _write(batch, brand, outcome, now)
            if dry_run:
                transaction.set_rollback(True)
    return outcome


def _rows(reader: "csv.DictReader[str]", outcome: Outcome, now: dt.datetime) -> Iterator[Row]:
    while True:
        try:
            said = next(reader, None)
            if said is None:
                return
            yield _row(reader.line_num, said, now)
        except csv.Error as error:
            # `reader` itself counts only what it could read.
            outcome.refused.append(Trouble(reader.reader.line_num, f"It is no CSV: {error}."))
        except BadRow as error:
            outcome.refused.append(Trouble(reader.line_num, str(error)))


def _row(line: int, said: Mapping[str | None, str | None], now: dt.datetime) -> Row:
    if None in said or None in said.values():
        raise BadRow("It has more or fewer values than there are columns.")
    text = {str(name): str(value).strip() for name, value in said.items()}
    if any("\0" in value or len(value) > LONGEST.get(name, 320) for name, value in text.items()):
        raise BadRow("A value is too long or has a null character.")
    if text["decision"] not in SAYABLE:
        raise BadRow("The decision is not given, refused or withdrawn.")
    report = Report(
        purpose=text["purpose"],
        decision=Decision(text["decision"]),
        version=_number(text.get("version", "")),
        text_hash=text.get("text_hash", "").lower(),
        locale=text.get("locale", ""),
        surface=text.get("surface", ""),
        at=_moment(text["said_at"], now),
    )
    return Row(line, _who(text["who"]), report)


def _number(said: str) -> int | None:
    if not said:
        return None
    if not (said.isascii() and said.isdigit()) or len(said) > 9:
        raise BadRow("The version is not a number.")
    return int(said)


def _moment(said: str, now: dt.datetime) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(said)
    except ValueError:
        raise BadRow("said_at is no time in ISO 8601.") from None
    if at.tzinfo is None:
        raise BadRow("said_at has no offset, such as +02:00 or Z.")
    if at > now:
        raise BadRow("said_at is in the future.")
    if at < PAST:
        raise BadRow("said_at is before 1995.")
    return at


def _who(said: str) -> uuid.UUID | str:
    try:
        return uuid.UUID(said) if "@" not in said else normal_email(said)[1]
    except (BadIdentifier, ValueError):
        raise BadRow("who is neither an e-mail address nor the id of a member.") from None


def _write(batch: Sequence[Row], brand: Brand, outcome: Outcome, now: dt.datetime) -> None:
    people = _people(batch, brand)
    answers: list[Given] = []
    for row in batch:
        try:
            answers.append(_answer(row, people, brand, now))
        except BadRow as error:
            outcome.refused.append(Trouble(row.line, str(error)))
    Account.objects.locked(answer.account_id for answer in answers)
    before = _imported_before(answers)
    fresh = [answer for answer in answers if _mark(answer) not in before]
    records = ledger.write(fresh, now)
    outcome.written.update(record.decision for record in records)
    outcome.kept += len(answers) - len(records)


def _answer(row: Row, people: Mapping[uuid.UUID | str, uuid.UUID], brand: Brand, now: dt.datetime) -> Given:
    if row.who not in people:
        raise BadRow("The brand has no such customer.")
    try:
        return proofs.answer(brand, people[row.who], row.report, IMPORTER, now, method=Method.IMPORT)
    except UnknownPurpose:
        raise BadRow("The brand has no such purpose.") from None


def _people(batch: Sequence[Row], brand: Brand) -> dict[uuid.UUID | str, uuid.UUID]:
    """The account ids of the brand's customers: by what the brand calls them, or by their own address."""
    members = Membership.objects.filter(brand=brand).exclude(status=MembershipStatus.ENDED)
    members = members.exclude(account__status__in=LEAVING)
    ids = [row.who for row in batch if isinstance(row.who, uuid.UUID)]
    found: dict[uuid.UUID | str, uuid.UUID] = dict(members.filter(pk__in=ids).values_list("pk", "account_id"))
    mails = Identifier.objects.filter(
        kind=IdentifierKind.EMAIL,
        normal__in=[row.who for row in batch if isinstance(row.who, str)],
        scope__in=["", str(brand.pk)],
        is_primary=True,
        retired_at=None,
        account__in=members.values("account"),
    )
    found |= dict(mails.order_by("scope").values_list("normal", "account_id"))
    return found


Mark = tuple[uuid.UUID, uuid.UUID, str, uuid.UUID, dt.datetime]


def _mark(answer: Given) -> Mark:
    version = answer.shown.version
    return answer.account_id, version.purpose_id, answer.decision, version.pk, answer.said_at


def _imported_before(answers: Sequence[Given]) -> set[Mark]:
    """An earlier run's answers of the same people. What stands now doesn't tell: it may have come since."""
    records = ConsentRecord.objects.filter(
        method=Method.IMPORT,
        account__in={answer.account_id for answer in answers},
        purpose__in={answer.shown.version.purpose_id for answer in answers},
    )
    return set(records.values_list("account_id", "purpose_id", "decision", "version_id", "said_at"))
