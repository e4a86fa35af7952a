"""System checks: what must not go live. Each has an id, and a hint that says what to do."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from accounts.models import Identifier, Realm
from auth_flows.models import SignInPolicy
from ciam.lib.captcha import HOSTED, hosted
from ciam.lib.captcha.siteverify import SiteVerify

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
            not all(_is_narrow(network) for network in settings.TRUSTED_PROXIES),
            "E007",
            "TRUSTED_PROXIES lets anybody say where they come from.",
            "Name the proxies, or the networks that only they are in.",
        ),
        (
            settings.LITE_FORM_CAPTCHA in HOSTED and not _is_set_up(_of_the_form_door()),
            "E008",
            "The form door asks a vendor for which a key is missing, or one of its public test keys.",
            "Set LITE_FORM_CAPTCHA_SITE_KEY and LITE_FORM_CAPTCHA_SECRET.",
        ),
        (
            bool(settings.OUTBOUND_ALLOWED),
            "E005",
            "OUTBOUND_ALLOWED lets connectors into private networks.",
            "Unset OUTBOUND_ALLOWED; it is for the demo and for tests.",
        ),
    ]
    return [Error(text, hint=hint, id=f"ciam.{id}") for broken, id, text, hint in rules if broken]


def _is_narrow(network: str) -> bool:
    """Not half of the internet or more."""
    named = ipaddress.ip_network(network)
    return named.prefixlen >= (8 if named.version == 4 else 7)


def _of_the_form_door() -> SiteVerify | None:
    return hosted(
        settings.LITE_FORM_CAPTCHA, settings.LITE_FORM_CAPTCHA_SITE_KEY, settings.LITE_FORM_CAPTCHA_SECRET
    )


def _is_set_up(vendor: SiteVerify | None) -> bool:
    return vendor is not None and not vendor.is_for_tests


def production_has_keys_of_its_vendors(
    app_configs: Sequence[Any] | None, **kwargs: Any
) -> list[CheckMessage]:
    """A vendor that can't be asked would let everybody through, or nobody."""
    if settings.MODE != "production":
        return []
    try:
        policies = list(SignInPolicy.objects.filter(captcha__in=HOSTED).select_related("brand"))
    except DatabaseError:
        return []  # the health page tells that the database is away
    hint = "Give the brand's sign-in policy the site key and the secret, or choose another."
    return [
        Error(f"{policy.get_captcha_display()} has no keys at {policy.brand}.", hint=hint, id="ciam.E009")
        for policy in policies
        if not _is_set_up(hosted(policy.captcha, policy.captcha_site_key, policy.captcha_secret or ""))
    ]


def refuse_to_start() -> None:
    """For the programs that serve: a production that these checks refuse never answers a request."""
    found = [
        *production_is_closed(None),
        *production_has_no_demo_data(None),
        *production_has_keys_of_its_vendors(None),
    ]
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
