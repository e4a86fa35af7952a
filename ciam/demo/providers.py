"""The identity provider of the demo: the sandbox's, by which one of its customers signs in."""

from django.conf import settings

from accounts.identifiers import account_with_email
from auth_flows.models import LinkedIdentity, Provider, ProviderKind

SLUG = "sandbox"
SUBJECTS = {"social@example.com": "sofia-1"}


def provider() -> Provider:
    row, _made = Provider.objects.update_or_create(
        slug=SLUG,
        defaults={
            "kind": ProviderKind.OIDC,
            "name": "Sandbox ID",
            "issuer": f"{settings.SANDBOX_URL}/idp/sandbox",
            "client_id": "ciam",
            "client_secret": "the demo's secret",
            "domains": ["partner.example"],
            "is_active": True,
        },
    )
    # Another port of the sandbox is another issuer, and the same people.
    LinkedIdentity.objects.filter(provider=row).update(issuer=row.issuer)
    for email, subject in SUBJECTS.items():
        account = account_with_email(email)
        if account and not LinkedIdentity.objects.filter(issuer=row.issuer, subject=subject).exists():
            LinkedIdentity.objects.create(
                account=account, provider=row, issuer=row.issuer, subject=subject, label=email
            )
    return row
