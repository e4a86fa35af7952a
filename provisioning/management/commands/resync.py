from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account, Brand
from provisioning import runs

OPERATOR = Actor("operator", "command line")


class Command(BaseCommand):
    help = "Bring targets in step again: with one person, with one brand's people, or with everybody."

    def add_arguments(self, parser: CommandParser) -> None:
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--account", type=UUID, help="One person, at every target.")
        whom.add_argument("--brand", help="Everybody at this brand (its slug), at each of its targets.")
        whom.add_argument("--everything", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["account"]:
            account = Account.objects.filter(pk=options["account"]).first()
            if account is None:
                raise CommandError("There is no such account.")
            count = runs.resync_person(account, OPERATOR)
            self.stdout.write(f"Targets that are sent this person again: {count}")
            return
        brands = Brand.objects.order_by("slug")
        if options["brand"]:
            brands = brands.filter(slug=options["brand"])
        if not brands:
            raise CommandError("There is no such brand.")
        for brand in brands:
            for run in runs.resync_brand(brand, OPERATOR, timezone.now()):
                self.stdout.write(f"{run.connector}: {run.expected} people")
