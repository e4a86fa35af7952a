"""Old consents from a file: without their proof they are kept, and nothing leaves for them."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import Account, Brand, Event, Membership, Status
from accounts.snapshot import snapshot
from ciam.lib.models import Mail
from consent import importing, ledger
from consent.importing import BadFile, Outcome, Trouble, imported
from consent.models import ConsentRecord, Decision, Method, PurposeVersion, text_hash
from provisioning.connectors.base import Hold, HoldNothing, Wanted
from provisioning.desired import desired
from provisioning.matrix import matrix_of, purposes_of
from provisioning.models import Connector
from tests.consent.reported import meets, stands
from tests.consent.saying import says
from tests.people import NEWSLETTER_TEXT, Kaffeehaus, kaffeehaus
from tests.provisioning.outbox import scene

pytestmark = pytest.mark.django_db

COLUMNS = "who,purpose,decision,said_at,version,text_hash,surface,locale"
PAGE = "https://shop.example/"
WHEN = "2026-05-04T12:00:00+02:00"
PROVEN = f"1,{text_hash(NEWSLETTER_TEXT)},{PAGE},en"
UNPROVEN = ",,,"


@pytest.fixture(autouse=True)
def _published_long_ago() -> None:
    PurposeVersion.objects.update(published_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    PurposeVersion.objects.update(published_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    return meets(shop.brand)


def row(
    who: str = "ada@example.com",
    decision: str = "given",
    said_at: str = WHEN,
    proof: str = PROVEN,
    purpose: str = "newsletter",
) -> str:
    return f"{who},{purpose},{decision},{said_at},{proof}"


def imports(shop: Kaffeehaus, *rows: str, dry_run: bool = False) -> Outcome:
    return imported([COLUMNS, *rows], shop.brand, timezone.now(), dry_run=dry_run)


def records() -> int:
    return ConsentRecord.objects.count()


def test_without_proof_it_is_unproven_and_with_it_it_counts(shop: Kaffeehaus, ada: Account) -> None:
    bob = meets(shop.brand, "bob@example.com")

    done = imports(shop, row(proof=UNPROVEN), row("BOB@Example.com"))

    assert done.written == {Decision.UNPROVEN: 1, Decision.GIVEN: 1}
    assert (stands(ada, shop.newsletter), stands(bob, shop.newsletter)) == ("unproven", "given")
    assert set(ConsentRecord.objects.values_list("method", flat=True)) == {Method.IMPORT}


@pytest.mark.parametrize(
    "proof",
    [
        f"2,{text_hash(NEWSLETTER_TEXT)},{PAGE},en",
        f",{text_hash(NEWSLETTER_TEXT)},{PAGE},en",
        f"1,{'0' * 64},{PAGE},en",
        f"1,,{PAGE},en",
        f"1,{text_hash(NEWSLETTER_TEXT)},,en",
    ],
)
def test_each_part_of_the_proof_is_needed(shop: Kaffeehaus, ada: Account, proof: str) -> None:
    imports(shop, row(proof=proof))

    assert stands(ada, shop.newsletter) == Decision.UNPROVEN


def test_what_is_unproven_is_left_out_of_what_leaves() -> None:
    """With proof it would leave."""
    purpose = scene.purpose(scene.brand())
    target = scene.connector(purpose, "webhook")
    ada = scene.meet(purpose.brand, "ada@example.com", given_name="Ada")
    words = text_hash(purpose.versions.get().texts["en"])
    now = timezone.now()
    wanted = []
    for proof in (UNPROVEN, f"1,{words},{PAGE},en"):
        said = row(purpose=purpose.key, said_at=now.isoformat(), proof=proof)
        imported([COLUMNS, said], purpose.brand, now)
        wanted.append(wanted_of(target, ada.account))

    assert isinstance(wanted[0], HoldNothing)
    assert isinstance(wanted[1], Hold)


def wanted_of(target: Connector, account: Account) -> Wanted:
    matrix = matrix_of(target)
    stands = ledger.standings([account.pk], purposes_of(target, matrix), timezone.now())
    of_purpose = {purpose: standing for (_account, purpose), standing in stands.items()}
    return desired(target, matrix, snapshot(account), of_purpose)


def test_a_person_is_found_by_the_members_id_too(shop: Kaffeehaus, ada: Account) -> None:
    member = Membership.objects.get(account=ada)

    assert imports(shop, row(str(member.pk))).written == {Decision.GIVEN: 1}


def test_a_second_run_adds_nothing(shop: Kaffeehaus, ada: Account) -> None:
    """Not even what was said at one and the same time, nor what something else has followed since."""
    meets(shop.brand, "bob@example.com")
    rows = [
        row(said_at="2024-01-01T00:00:00Z"),
        row(decision="withdrawn", said_at="2025-01-01T00:00:00Z"),
        row(said_at="2025-01-01T00:00:00Z"),
        row("bob@example.com", proof=UNPROVEN),
    ]
    first = imports(shop, *rows)
    says(ada, shop.newsletter, Decision.REFUSED, timezone.now())
    before = records()

    second = imports(shop, *rows)

    assert sum(first.written.values()) == 4
    assert (second.written, second.kept, records()) == ({}, 4, before)


def test_it_never_undoes_a_later_answer(shop: Kaffeehaus, ada: Account) -> None:
    says(ada, shop.newsletter, Decision.WITHDRAWN, timezone.now())

    done = imports(shop, row(), row(proof=UNPROVEN))

    assert (done.written, done.kept) == ({}, 2)
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN


def test_a_purpose_with_double_opt_in_waits_and_nobody_is_mailed(shop: Kaffeehaus, ada: Account) -> None:
    shop.newsletter.purpose.double_opt_in = True
    shop.newsletter.purpose.save()

    imports(shop, row())

    assert stands(ada, shop.newsletter) == Decision.PENDING
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (row("bob@example.com"), "no such customer"),
        (row("not an address"), "neither an e-mail address nor"),
        (row(purpose="sale"), "no such purpose"),
        (row(decision="maybe"), "not given, refused or withdrawn"),
        (row(decision="expired"), "not given, refused or withdrawn"),
        (row(said_at="yesterday"), "no time in ISO 8601"),
        (row(said_at="2026-05-04T12:00:00"), "no offset"),
        (row(said_at="2999-01-01T00:00:00Z"), "in the future"),
        (row(proof="one,,,"), "not a number"),
        (row(proof=f"1,{'0' * 65},,"), "too long"),
        (row(proof="1"), "more or fewer values"),
        (row() + ",more", "more or fewer values"),
        (row(proof='"1"1,,,'), "no CSV"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_count(
    shop: Kaffeehaus, ada: Account, bad: str, why: str
) -> None:
    done = imports(shop, bad, row())

    (trouble,) = done.refused
    assert trouble.line == 2
    assert why in trouble.why
    assert "@" not in trouble.why
    assert done.written == {Decision.GIVEN: 1}


def test_who_has_left_or_is_being_forgotten_or_is_another_brands_is_nobody(
    shop: Kaffeehaus, ada: Account
) -> None:
    tea = kaffeehaus("teehaus", is_default=False)
    assert imports(tea, row()).refused == [Trouble(2, "The brand has no such customer.")]

    Account.objects.filter(pk=ada.pk).update(status=Status.ERASING)

    assert imports(shop, row()).refused == [Trouble(2, "The brand has no such customer.")]


def test_a_batch_is_written_whole_or_not_at_all(
    shop: Kaffeehaus, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    people = [meets(shop.brand, f"person{n}@example.com") for n in range(4)]
    taken = ledger.write

    def fails_later(answers: Sequence[ledger.Given], now: dt.datetime) -> list[ConsentRecord]:
        written = taken(answers, now)
        if people[2].pk in {answer.account_id for answer in answers}:
            raise ConnectionError
        return written

    monkeypatch.setattr(ledger, "write", fails_later)
    rows = [row(f"person{n}@example.com") for n in range(4)]
    before = Event.objects.count()

    with pytest.raises(ConnectionError):
        imports(shop, *rows)

    assert set(ConsentRecord.objects.values_list("account", flat=True)) == {people[0].pk, people[1].pk}
    assert Event.objects.count() == before + 2
    monkeypatch.setattr(ledger, "write", taken)
    assert imports(shop, *rows).written == {Decision.GIVEN: 2}


def test_a_dry_run_counts_and_leaves_nothing(shop: Kaffeehaus, ada: Account) -> None:
    before = Event.objects.count()

    done = imports(shop, row(), row("bob@example.com"), dry_run=True)

    assert (done.written, len(done.refused)) == ({Decision.GIVEN: 1}, 1)
    assert (records(), Event.objects.count()) == (0, before)


def test_a_file_with_other_columns_is_none(shop: Kaffeehaus) -> None:
    for head in ("", "who,purpose", f"{COLUMNS},shoe_size"):
        with pytest.raises(BadFile):
            imported([head, row()], shop.brand, timezone.now())


@given(st.lists(st.text(max_size=60), max_size=6))
@example(["\n0"])
def test_no_file_breaks_it(rows: list[str]) -> None:
    """Each line is either taken or told."""
    done = imported([COLUMNS, *rows], Brand(slug="shop", name="Shop"), timezone.now())

    assert done.written == {}
    assert all(1 < trouble.line <= len(rows) + 1 for trouble in done.refused)


def test_the_command_tells_what_it_did_and_fails_where_rows_were_refused(
    shop: Kaffeehaus, ada: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "consents.csv"
    file.write_text("\n".join([COLUMNS, row(), row("bob@example.com")]), encoding="utf-8-sig")

    call_dry = ["import_consents", str(file), "--brand", "kaffeehaus", "--dry-run"]
    with pytest.raises(CommandError, match="1 rows were refused"):
        call_command(*call_dry)
    assert "it was a dry run" in capsys.readouterr().out
    with pytest.raises(CommandError, match="1 rows were refused"):
        call_command("import_consents", str(file), "--brand", "kaffeehaus")

    told = capsys.readouterr()
    assert "given: 1" in told.out
    assert told.err.splitlines() == ["line 3: The brand has no such customer."]
    with pytest.raises(CommandError, match="no such brand"):
        call_command("import_consents", str(file), "--brand", "nobody")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("import_consents", str(file), "--brand", "kaffeehaus")
