"""What is over leaves, in batches, and nothing else does."""

import datetime as dt
import uuid

from django.utils import timezone

from auth_flows.models import BrowserSession, Grant, RefreshToken, Revocation
from auth_flows.oidc.expired import drop_expired
from auth_flows.oidc.lifetimes import USED_CODE_KEPT
from tests.auth_flows.oidc.apps import App


def test_what_is_over_leaves_and_the_rest_stays(app: App, session: BrowserSession) -> None:
    now, second = timezone.now(), dt.timedelta(seconds=1)
    for _pair in range(2):
        app.tokens(session)
        Revocation.objects.create(pk=uuid.uuid4(), ends_at=now + second)
    Grant.objects.filter(pk=Grant.objects.earliest("id").pk).update(expires=now - USED_CODE_KEPT - second)
    RefreshToken.objects.filter(pk=RefreshToken.objects.earliest("id").pk).update(expires=now - second)
    Revocation.objects.filter(pk=Revocation.objects.earliest("id").pk).update(ends_at=now - second)

    assert drop_expired(now) == 3
    assert drop_expired(now) == 0

    assert (Grant.objects.count(), RefreshToken.objects.count(), Revocation.objects.count()) == (1, 1, 1)


def test_a_batch_is_bounded(app: App, session: BrowserSession) -> None:
    for _code in range(3):
        app.code(session)
    Grant.objects.update(expires=timezone.now() - dt.timedelta(days=2))

    assert drop_expired(timezone.now(), most=2) == 2
    assert Grant.objects.count() == 1
