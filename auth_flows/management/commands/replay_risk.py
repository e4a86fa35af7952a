import datetime as dt
import json
import re
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Brand
from auth_flows.risk.policy import BadPolicy, RiskPolicy
from auth_flows.risk.replay import OUTCOMES, Policies, policies_now, replay

UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def span(said: str) -> dt.timedelta:
    found = re.fullmatch(r"([1-9]\d{0,3})([hdw])", said)
    if found is None:
        raise ArgumentTypeError("a number with h, d or w, such as 30d")
    return dt.timedelta(**{UNITS[found[2]]: int(found[1])})


class Command(BaseCommand):
    help = (
        "Which past sign-ins a changed risk policy would have treated otherwise. Looks only. Without "
        "--policy each brand's shadow policy is tried, and where it has none its live one as it is now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=span, default=span("30d"), metavar="30d", help="12h, 30d, 4w.")
        parser.add_argument("--brand", metavar="SLUG")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="A policy as JSON, for all of them.")
        parser.add_argument("--show", type=int, default=100, help="So many of them, the newest first.")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = None
        if options["brand"]:
            brand = Brand.objects.filter(slug=options["brand"]).first()
            if brand is None:
                raise CommandError("There is no such brand.")
        found = replay(
            timezone.now() - options["since"],
            _policies(options["policy"]),
            brand_id=brand.pk if brand else None,
            shown=max(0, options["show"]),
        )
        names = dict(Brand.objects.values_list("pk", "slug"))
        lines = [
            (
                f"{one.at:%Y-%m-%d %H:%M}",
                names.get(one.brand_id, "-") if one.brand_id else "-",
                str(one.sign_in_id),
                f"{one.then} -> {one.now}",
                str(one.score),
                ", ".join(f"{reason.rule} {reason.points}" for reason in one.reasons),
            )
            for one in found.changed
        ]
        self._table(["when", "brand", "sign-in", "then -> now", "score", "why"], lines)
        if found.otherwise > len(lines):
            self.stdout.write(f"... and {found.otherwise - len(lines)} more: see --show.")
        self.stdout.write("")
        self._table(["then \\ now", *OUTCOMES], [(then, *map(str, counts)) for then, counts in found.rows()])
        self.stdout.write(f"\n{found.otherwise} of {found.seen} sign-ins would have been treated otherwise.")

    def _table(self, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        widths = [max(len(line[number]) for line in [head, *lines]) for number in range(len(head))]
        for line in [head, *lines]:
            cells = (str(cell).ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _policies(file: Path | None) -> Policies:
    if file is None:
        return policies_now()
    try:
        policy = RiskPolicy.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:  # BadPolicy and what is no JSON are ValueErrors as well
        sentence = str(error) if isinstance(error, BadPolicy | OSError) else "The file is not JSON."
        raise CommandError(sentence) from None
    return lambda _brand_id: policy
