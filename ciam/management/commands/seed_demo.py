import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Brand
from ciam.demo import apps, people, providers, targets
from ciam.lib.crypto import token_hash
from provisioning.models import WebsiteToken
from provisioning.websites import issue_token

Facts = dict[str, Any]


class Command(BaseCommand):
    help = "Fill the database with the demo, and write what scripts need to var/demo.json (mode 0600)."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("The demo is not for production: its passwords stand in a file.")
        path = settings.VAR_DIR / "demo.json"
        with transaction.atomic():
            facts = self._seed(_known(path))
        _write(path, facts)
        self.stdout.write("demo: ready")

    def _seed(self, known: Facts) -> Facts:
        coffee = people.brand("kaffeehaus", "Kaffeehaus", people.KAFFEEHAUS_THEME, is_default=True)
        tea = people.brand("teehaus", "Teehaus", people.TEEHAUS_THEME, is_default=False)
        tokens = self._tokens(coffee, tea, known.get("scim", {}))
        # People's secrets are known only from the file that this database was seeded with.
        same = all(known.get("scim", {}).get(key) == token for key, token in tokens.items())
        known_apps = known.get("clients", {}) if same else {}
        facts = {
            "base_url": settings.BASE_URL,
            "shop_url": settings.SHOP_URL,
            "sandbox_url": settings.SANDBOX_URL,
            "admin": known["admin"] if same else people.operator()[1],
            "customers": known["customers"] if same else [people.person(p, coffee) for p in people.PEOPLE],
            "scim": {**tokens, "base_url": f"{settings.BASE_URL}/scim/v2"},
            "clients": {app.key: apps.app(app, coffee, known_apps.get(app.key, {})) for app in apps.apps()},
            "brands": [{"slug": brand.slug, "name": brand.name} for brand in (coffee, tea)],
            "connectors": [
                {"id": str(row.pk), "kind": row.kind, "name": row.name, "brand": row.brand.slug}
                for row in (targets.target(one, coffee) for one in targets.TARGETS)
            ],
            "refresh_grace_s": 10,
            "registration_token": known.get("registration_token") or secrets.token_urlsafe(32),
        }
        providers.provider()
        return facts

    def _tokens(self, coffee: Brand, tea: Brand, known: Facts) -> Facts:
        wanted = {
            "token": (coffee, "Kaffeehaus shop", people.SCIM_TOKENS["token"]),
            "read_only_token": (coffee, "Kaffeehaus shop", people.SCIM_TOKENS["read_only_token"]),
            "other_brand_token": (tea, "Teehaus shop", people.SCIM_TOKENS["token"]),
        }
        return {key: self._token(key, *row, known.get(key, "")) for key, row in wanted.items()}

    def _token(self, key: str, brand: Brand, name: str, scopes: Any, known: str) -> str:
        website = people.website(brand, name)
        if known and WebsiteToken.objects.filter(website=website, hash=token_hash(known)).exists():
            return known
        return issue_token(website, key, scopes)


def _known(path: Path) -> Facts:
    try:
        facts: Facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def _write(path: Path, facts: Facts) -> None:
    """All of it or nothing, and for the owner's eyes only from the first moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2)
    partial.replace(path)
