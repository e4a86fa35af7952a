"""System checks: what must not go live. Each has an id, and a hint that says what to do."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


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
