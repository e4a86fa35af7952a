from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import events
from ciam.lib.models import Seal
from ciam.lib.sealing import breaks
from consent import ledger

CHAINS = {chain.name: chain for chain in (events.CHAIN, ledger.CHAIN)}


class Command(BaseCommand):
    help = "Check the hash chains of the consent ledger and of the events; fails when anything was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="CHAIN=NUMBER",
            help="A seal that was noted elsewhere: the chain must reach it.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        heads = self._heads(options["head"])
        found = 0
        for name, chain in CHAINS.items():
            for sentence in breaks(chain, heads.get(name)):
                self.stderr.write(sentence)
                found += 1
            last = Seal.objects.filter(chain=name).order_by("-number").first()
            self.stdout.write(f"{name}: sealed up to {last.number if last else 0}")
        if found:
            raise CommandError(f"{found} things are not as they were sealed.")

    def _heads(self, given: list[str]) -> dict[str, int]:
        try:
            heads = {name: int(number) for name, number in (head.split("=") for head in given)}
        except ValueError:
            raise CommandError("--head is CHAIN=NUMBER, such as consents=120.") from None
        if unknown := set(heads) - set(CHAINS):
            raise CommandError(f"There is no chain {', '.join(sorted(unknown))}.")
        return heads
