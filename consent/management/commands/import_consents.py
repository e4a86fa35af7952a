from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Brand
from ciam.lib.outbox import moment
from consent.importing import BadFile, imported


class Command(BaseCommand):
    help = (
        "Import consents that were given before, from a CSV file (columns: consent/importing.py). "
        "Without proof they are kept as unproven. Safe to run again; fails when rows were refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be written.")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = Brand.objects.filter(slug=options["brand"]).first()
        if brand is None:
            raise CommandError("There is no such brand.")
        try:
            # utf-8-sig: spreadsheets write a byte order mark.
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                outcome = imported(lines, brand, moment(), dry_run=options["dry_run"])
        except (BadFile, OSError, UnicodeDecodeError) as error:
            raise CommandError(_why(error)) from None
        for trouble in outcome.refused:
            self.stderr.write(f"line {trouble.line}: {trouble.why}")
        for decision, number in sorted(outcome.written.items()):
            self.stdout.write(f"{decision}: {number}")
        self.stdout.write(f"kept as it stands: {outcome.kept}")
        if options["dry_run"]:
            self.stdout.write("Nothing was written: it was a dry run.")
        if outcome.refused:
            raise CommandError(f"{len(outcome.refused)} rows were refused.")


def _why(error: Exception) -> str:
    """A UnicodeDecodeError's own words have bytes of the file, which may be personal."""
    return "The file is not UTF-8." if isinstance(error, UnicodeDecodeError) else str(error)
