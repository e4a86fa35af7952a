"""What the sign-in keeps of somebody, and how it goes: with the account, or when nobody came back for it."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.privacy import AccountIds, Holder
from auth_flows.models import (
    AccessToken,
    Assessment,
    Authenticator,
    BrowserSession,
    Device,
    DeviceGrant,
    Grant,
    IDToken,
    LinkedIdentity,
    Recovery,
    RefreshToken,
    SignIn,
    TextMessage,
    UpstreamVisit,
)
from auth_flows.oidc.standing import revoke_families

BATCH = 5_000
OWN: tuple[type[models.Model], ...] = (BrowserSession, Device, LinkedIdentity, Recovery, Authenticator)
GIVEN: tuple[type[models.Model], ...] = (Grant, RefreshToken, AccessToken, IDToken, DeviceGrant)


def _erase(account_ids: AccountIds, now: dt.datetime) -> None:
    """Authenticators, linked identities, devices, sessions, tokens, sign-ins."""
    revoke_families(Q(user__in=account_ids))
    for model in GIVEN:
        model._default_manager.filter(user__in=account_ids).delete()
    for model in OWN:
        model._default_manager.filter(account__in=account_ids).delete()
    UpstreamVisit.objects.filter(account_id__in=account_ids).delete()
    TextMessage.objects.filter(account_id__in=account_ids).delete()
    # What a sign-in looked like stays, for replay: it names nobody any more.
    Assessment.objects.filter(account_id__in=account_ids).update(account_id=None)
    # One that is being finished is locked, waits for the account, and has no draft any more.
    theirs = SignIn.objects.filter(account_id__in=account_ids).order_by("pk")
    free = theirs.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    SignIn.objects.filter(pk__in=list(free)).delete()


def forget_unfinished(now: dt.datetime, most: int = 50_000) -> int:
    """What somebody said in a sign-in or a registration that is over: the draft, and the app's hint of who
    comes. In batches, about `most` rows; returns how many."""
    until, done, found = now - dt.timedelta(days=settings.UNFINISHED_DAYS), 0, BATCH
    holding = Q(draft__isnull=False) | Q(request__isnull=False)
    while found == BATCH and done < most:
        over = SignIn.objects.filter(holding, expires_at__lt=until).values_list("pk", flat=True)[:BATCH]
        found = SignIn.objects.filter(pk__in=list(over)).update(draft=None, request=None)
        done += found
    return done


holder = Holder("auth_flows", "Revocations: tokens outside must not come to life again.", _erase)
