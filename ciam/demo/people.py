"""What the demo starts with: two brands, their people, apps, websites and targets.

Everything is found by its name and brought to what stands here, so that a second run changes nothing but what
hangs on the addresses. Secrets are kept in `demo.json` alone; where it is lost they are made anew.
"""

import secrets
from dataclasses import dataclass

import pyotp
from django.conf import settings
from django.utils import timezone

from accounts.events import SYSTEM
from accounts.identifiers import account_with_email, first_email, normal_email
from accounts.memberships import begin_proven
from accounts.models import (
    Account,
    Brand,
    Identifier,
    Kind,
    Membership,
    Realm,
    Source,
    Status,
)
from accounts.profiles import Said, say
from accounts.registration import Met, create_lite
from auth_flows.assurance import Method
from auth_flows.hashers import hashed
from auth_flows.models import Authenticator, SignInPolicy
from ciam.checks import DEMO_OPERATOR
from consent.models import LawfulBasis, Purpose, PurposeVersion
from provisioning.models import Scope, Website

OPERATOR = DEMO_OPERATOR
RELEASES = {
    "newsletter": ["email", "given_name", "family_name", "locale", "country", "interests"],
    "analytics": ["visitor_id", "interests"],
}
KAFFEEHAUS_THEME = {"accent": "#7a3e1d", "accent_dark": "#e8b48c"}
# Public, as it stands in a page: docs/howto/websites.md.
FORM_KEYS = {"Kaffeehaus shop": "kaffeehaus-catalogue"}
TEEHAUS_THEME = {"accent": "#1f6b4a", "accent_dark": "#8fd9b6"}

TEXTS = {
    "terms": (
        {"en": "Terms of use", "de": "Nutzungsbedingungen"},
        {
            "en": "I accept the terms of use of {brand}: it keeps what it needs to run my account. "
            "(The brand is made up; there is nothing more to read.)",
            "de": "Ich nehme die Nutzungsbedingungen von {brand} an. "
            "Gespeichert wird, was mein Konto braucht. "
            "(Die Marke ist erfunden; mehr gibt es nicht zu lesen.)",
        },
    ),
    "newsletter": (
        {"en": "Newsletter", "de": "Newsletter"},
        {
            "en": "{brand} may send me a newsletter about once a month, "
            "and may share my name, e-mail address, language, country and interests with its mailing system "
            "for that.",
            "de": "{brand} darf mir etwa einmal im Monat einen Newsletter schicken und dafür "
            "Namen, E-Mail-Adresse, Sprache, Land und Interessen an sein Versandsystem weitergeben.",
        },
    ),
    "analytics": (
        {"en": "Visits", "de": "Besuche"},
        {
            "en": "{brand} may recognise my visits on its website and count them together with my interests, "
            "and may use an analytics service for that.",
            "de": "{brand} darf meine Besuche auf seiner Website wiedererkennen und zusammen mit meinen "
            "Interessen zählen und dafür einen Analysedienst nutzen.",
        },
    ),
}


@dataclass(frozen=True)
class Person:
    """A customer of the demo, and what kind of customer it shows."""

    email: str
    kind: str
    name: tuple[str, str]


PEOPLE = [
    *(Person(f"customer{n}@example.com", "password", ("Carla", f"Number {n}")) for n in range(1, 11)),
    *(Person(f"totp{n}@example.com", "totp", ("Tom", f"Number {n}")) for n in range(1, 4)),
    Person("lite@example.com", "lite", ("Lisa", "Lite")),
    Person("unverified@example.com", "unverified", ("Uwe", "Unproven")),
    Person("social@example.com", "social", ("Sofia", "Social")),
    Person("suspended@example.com", "suspended", ("Sven", "Suspended")),
]


def brand(slug: str, name: str, theme: dict[str, str], *, is_default: bool) -> Brand:
    row, _made = Brand.objects.update_or_create(
        slug=slug, defaults={"name": name, "theme": theme, "is_default": is_default, "country": "DE"}
    )
    SignInPolicy.objects.get_or_create(brand=row, defaults={"codes_by_sms": True})
    for key, (titles, texts) in TEXTS.items():
        _purpose(row, key, titles, {locale: text.format(brand=name) for locale, text in texts.items()})
    return row


def _purpose(owner: Brand, key: str, titles: dict[str, str], texts: dict[str, str]) -> None:
    terms = key == "terms"
    purpose, _made = Purpose.objects.get_or_create(
        brand=owner,
        key=key,
        defaults={
            "required": terms,
            "lawful_basis": LawfulBasis.CONTRACT if terms else LawfulBasis.CONSENT,
            "allows_tracking": key == "analytics",
        },
    )
    PurposeVersion.objects.get_or_create(
        purpose=purpose,
        number=1,
        defaults={
            "titles": titles,
            "texts": texts,
            "releases": RELEASES.get(key, []),
            "published_at": timezone.now(),
        },
    )


def operator() -> tuple[Account, dict[str, str]]:
    account = account_with_email(OPERATOR, Realm.OPERATOR)
    if account is None:
        account = Account.objects.create(
            realm=Realm.OPERATOR, kind=Kind.FULL, is_staff=True, is_superuser=True
        )
        first_email(account, OPERATOR, verified_at=timezone.now(), realm=Realm.OPERATOR)
    return account, {"email": OPERATOR, **arm(account, Method.PASSWORD, Method.TOTP)}


def person(said: Person, home: Brand) -> dict[str, str]:
    """A customer; returns what a script needs to be this customer."""
    account = account_with_email(normal_email(said.email)[1]) or _new_person(said, home)
    facts = {"email": said.email, "kind": said.kind}
    if said.kind in {"password", "suspended"}:
        facts |= arm(account, Method.PASSWORD)
    elif said.kind == "totp":
        facts |= arm(account, Method.PASSWORD, Method.TOTP)
    return facts


def _new_person(said: Person, home: Brand) -> Account:
    now = timezone.now()
    names = {"given_name": said.name[0], "family_name": said.name[1]}
    if said.kind in {"lite", "unverified"}:
        met = Met.at(said.email, names, Said(Source.IMPORT, "demo", now))
        account = create_lite(home, met, SYSTEM, how="import").account
        if said.kind == "lite":
            Identifier.objects.filter(account=account, scope="").update(verified_at=now)
        return account
    account = Account.objects.create(
        kind=Kind.FULL, status=Status.SUSPENDED if said.kind == "suspended" else Status.ACTIVE
    )
    first_email(account, said.email, verified_at=now)
    member = begin_proven(account, home, "import", now).membership
    Membership.objects.filter(pk=member.pk).update(registered_at=now)
    say(account, names, Said(Source.CUSTOMER, "", now))
    return account


def arm(account: Account, *methods: Method) -> dict[str, str]:
    """New authenticators of these kinds, and their secrets."""
    facts = {}
    now = timezone.now()
    for method in methods:
        Authenticator.objects.filter(account=account, kind=method.value).delete()
        if method is Method.PASSWORD:
            facts["password"] = f"demo-{secrets.token_urlsafe(9)}"
            fields = {"hash": hashed(facts["password"])}
        else:
            facts["totp_secret"] = pyotp.random_base32()
            fields = {"seed": facts["totp_secret"]}
        Authenticator.objects.create(account=account, kind=method.value, confirmed_at=now, **fields)
    return facts


def website(home: Brand, name: str) -> Website:
    row, _made = Website.objects.update_or_create(
        brand=home,
        name=name,
        defaults={
            "attributes": [
                "given_name",
                "family_name",
                "locale",
                "country",
                "interests",
                "visitor_id",
                "crm_visitor_id",
                "ads_client_id",
                "source",
            ],
            "form_key": FORM_KEYS.get(name, ""),
            "origins": [settings.SHOP_URL],
        },
    )
    return row


SCIM_TOKENS = {
    "token": frozenset(Scope),
    "read_only_token": frozenset({Scope.READ}),
}
