"""Makes those whom `bench.loading` wrote into customers who sign in: proven addresses, passwords, terms."""

from collections.abc import Sequence

from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import connection

from accounts.models import Account, Identifier, Kind
from auth_flows.hashers import hashed
from auth_flows.models import Authenticator, Provider, ProviderKind
from bench.filling import fill, polish
from bench.loading import WEBSITE, answer, text
from bench.signing_in import PASSWORD, STATES
from consent.models import ConsentRecord, PurposeVersion
from provisioning.models import Website

THEIRS = "account_id IN (SELECT pg_temp.key(i, 'account') FROM generate_series(%(first)s, %(last)s) AS i)"
WITHOUT = f"DELETE FROM auth_flows_authenticator WHERE {THEIRS}"
SOCIAL = """
INSERT INTO auth_flows_linkedidentity (id, account_id, provider_id, issuer, subject, label, created_at)
SELECT pg_temp.key(i, 'linked'), pg_temp.key(i, 'account'), %(provider)s, 'https://elsewhere.example', i, '',
  now()
FROM generate_series(%(first)s, %(last)s) AS i
"""
INTO: dict[str, tuple[str, ...]] = {
    "full": (),
    "lite": (
        WITHOUT,
        f"UPDATE accounts_account SET kind = 'lite' WHERE {THEIRS.replace('account_id', 'id', 1)}",
        f"UPDATE accounts_identifier SET verified_at = NULL WHERE {THEIRS}",
    ),
    "social-only": (WITHOUT, SOCIAL),
    "passkey-only": (
        "UPDATE auth_flows_authenticator SET kind = 'passkey', hash = '', credential_id = id::text, "
        f"public_key = 'x' WHERE {THEIRS}",
    ),
    "suspended": (
        f"UPDATE accounts_account SET status = 'suspended' WHERE {THEIRS.replace('account_id', 'id', 1)}",
    ),
    "legacy hash": (f"UPDATE auth_flows_authenticator SET hash = %(legacy)s WHERE {THEIRS}",),
}


def main(arguments: Sequence[str]) -> None:
    """`NUMBER` people who all have the same password. With `NUMBER EACH`: the first EACH of them in the first
    state of STATES, and so on."""
    number, each = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 0
    website = Website.objects.select_related("brand").get(name=WEBSITE)
    terms = PurposeVersion.objects.select_related("purpose").get(
        purpose__brand=website.brand_id, purpose__key="terms", number=1
    )
    password = {
        "id": "pg_temp.key(i, 'password')",
        "account": "pg_temp.key(i, 'account')",
        "kind": "'password'",
        "hash": text(hashed(PASSWORD)),
        "confirmed_at": "pg_temp.moment(i)",
    }
    fill(number, [(ConsentRecord, answer(website, terms)), (Authenticator, password)])
    Account.objects.customers().update(kind=Kind.FULL)
    Identifier.objects.filter(scope="", kind="email").update(verified_at="2026-01-01T00:00:00Z")
    if each:
        _spread(each)
    polish()


def _spread(each: int) -> None:
    provider = Provider.objects.create(slug="elsewhere", name="Elsewhere", kind=ProviderKind.OIDC)
    said: dict[str, str | int] = {
        "provider": str(provider.pk),
        "legacy": ScryptPasswordHasher().encode(PASSWORD, "saltsaltsaltsalt"),
    }
    with connection.cursor() as cursor:
        for place, state in enumerate(STATES):
            for statement in INTO[state]:
                cursor.execute(statement, said | {"first": place * each + 1, "last": (place + 1) * each})
