"""What signing in leaves of somebody, a row in each table that a short walk doesn't reach."""

import datetime as dt

from django.utils import timezone

from accounts.models import Account, AddressChange, Brand, GuardianConsent, IdentifierKind, PutOff
from auth_flows.models import (
    Assessment,
    Authenticator,
    Device,
    LinkedIdentity,
    Provider,
    Recovery,
    RecoveryCode,
    TextMessage,
    UpstreamVisit,
)
from ciam.lib.ids import uuid7

DAY = dt.timedelta(days=1)


def leaves_traces(account: Account, brand: Brand, address: str) -> None:
    now = timezone.now()
    provider = Provider.objects.create(slug="elsewhere", kind="oidc", name="Elsewhere", client_id="ciam")
    LinkedIdentity.objects.create(
        account=account, provider=provider, issuer="https://elsewhere.example", subject=address, label=address
    )
    UpstreamVisit.objects.create(
        state_hash="0", browser_hash="0", provider=provider, account_id=account.pk, expires_at=now + DAY
    )
    Device.objects.update_or_create(
        account=account, browser_hash="0", defaults={"agent": "Quill's phone", "last_seen_at": now}
    )
    Assessment.objects.create(
        sign_in_id=uuid7(),
        account_id=account.pk,
        brand_id=brand.pk,
        at=now,
        facts={},
        score=0,
        outcome="allow",
    )
    Recovery.objects.create(
        account=account, key_hash="0", cancel_hash="1", epoch=1, asked_at=now, ready_at=now, ends_at=now + DAY
    )
    AddressChange.objects.create(
        account=account,
        kind=IdentifierKind.EMAIL,
        value=address,
        normal=address,
        asked_at=now,
        ends_at=now + DAY,
    )
    GuardianConsent.objects.create(
        account=account,
        address=f"mother.of.{address}",
        key_hash="0",
        asked_at=now,
        ends_at=now + DAY,
        needed_until=now.date(),
    )
    codes = Authenticator.objects.create(account=account, kind=Authenticator.Kind.RECOVERY_CODE)
    RecoveryCode.objects.create(authenticator=codes, hash="0")
    TextMessage.objects.create(
        about=account.pk, account_id=account.pk, recipient=address, text=address, ends_at=now, not_before=now
    )
    PutOff.objects.create(account=account, attribute="interests", until=now + DAY)
