"""System checks: what must not go live. Each has an id, and a hint that says what to do."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from accounts.models import Identifier, Realm

DEMO_OPERATOR = "operator@kaffeehaus.example"


@register(Tags.security)
def production_is_closed(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Production refuses what a demo or a test may have."""
    if settings.MODE != "production":
        return []
    rules = [
        (settings.DEBUG, "E001", "DEBUG is on.", "Unset DEBUG."),
        (
            len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 10,
            "E002",
            "SECRET_KEY is short or guessable.",
            "Use at least 50 random characters.",
        ),
        (
            any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS),
            "E003",
            "ALLOWED_HOSTS has a wildcard.",
            "Name each host.",
        ),
        (
            not settings.BASE_URL.startswith("https://"),
            "E004",
            "The issuer is not https.",
            "Set BASE_URL to the https address that browsers see.",
        ),
        (
            bool(settings.OUTBOUND_ALLOWED),
            "E005",
            "OUTBOUND_ALLOWED lets connectors into private networks.",
            "Unset OUTBOUND_ALLOWED; it is for the demo and for tests.",
        ),
    ]
    return [Error(text, hint=hint, id=f"ciam.{id}") for broken, id, text, hint in rules if broken]


def refuse_to_start() -> None:
    """For the programs that serve: a production that these checks refuse never answers a request."""
    found = [*production_is_closed(None), *production_has_no_demo_data(None)]
    if found:
        raise SystemExit("\n".join(f"{error.id}: {error.msg} {error.hint}" for error in found))


def production_has_no_demo_data(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The demo's passwords stand in a file: its operator must not exist in production."""
    if settings.MODE != "production":
        return []
    try:
        found = Identifier.objects.filter(realm=Realm.OPERATOR, normal=DEMO_OPERATOR).exists()
    except DatabaseError:
        return []  # the health page tells that the database is away
    hint = "Start production with a database of its own."
    return [Error("The database holds the demo.", hint=hint, id="ciam.E006")] if found else []
