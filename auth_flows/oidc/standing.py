"""Whether what was given still stands. Everything that was given to an app asks here, in one query."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import Membership, MembershipStatus, Realm, Status
from auth_flows.models import BrowserSession, Client, Grant, RefreshToken, Revocation
from auth_flows.oidc import lifetimes


def standing_session(
    session_id: uuid.UUID,
    *,
    epoch: int,
    client: Client,
    given: Iterable[uuid.UUID],
    now: dt.datetime,
) -> BrowserSession | None:
    """The session behind something that was given to `client`, with its account; None where it is over.

    It is over when the session ended, the account is not active or revoked its sessions (`epoch`), a customer
    is no member of the app's brand any more, or one of `given` (a token's or a family's id) was revoked. That
    a browser was idle ends nothing here: a person who uses the app is not idle.
    """
    member = Membership.objects.filter(
        account=OuterRef("account"), brand=client.brand_id, status=MembershipStatus.ACTIVE
    )
    revoked = Revocation.objects.filter(pk__in=list(given))
    return (
        BrowserSession.objects.filter(
            ~Exists(revoked),
            Exists(member) | Q(account__realm=Realm.OPERATOR),
            pk=session_id,
            epoch=epoch,
            account__session_epoch=F("epoch"),
            account__status=Status.ACTIVE,
            ends_at__gt=now,
        )
        .select_related("account")
        .first()
    )


def standing_service(client_id: str, *, given: Iterable[uuid.UUID]) -> Client | None:
    """The app behind something that it was given for itself, with its brand; None where it is over."""
    revoked = Revocation.objects.filter(pk__in=list(given))
    live = Client.objects.select_related("brand").filter(~Exists(revoked), is_active=True)
    return live.filter(client_id=client_id).first()


def revoke(given: uuid.UUID, until: dt.datetime) -> None:
    """End a token or a family, which by itself would end at `until`. A second call changes nothing."""
    Revocation.objects.bulk_create([Revocation(pk=given, ends_at=until)], ignore_conflicts=True)


def revoke_families(whose: Q) -> None:
    """End all that came of the grants and refresh tokens that `whose` finds."""
    until = timezone.now() + lifetimes.REFRESH_TOKEN + lifetimes.ACCESS_TOKEN
    families = {
        *Grant.objects.filter(whose).values_list("family", flat=True),
        *RefreshToken.objects.filter(whose).values_list("token_family", flat=True),
    }
    rows = [Revocation(pk=family, ends_at=until) for family in families if family]
    Revocation.objects.bulk_create(rows, ignore_conflicts=True)
