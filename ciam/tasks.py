"""The hourly round through the house: everything in bounded batches, everything safe to do twice."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from accounts import address_changes, guardians
from accounts.models import Event
from auth_flows.models import Assessment, BrowserSession, Device, SignIn, UpstreamVisit
from auth_flows.oidc import expired
from auth_flows.privacy import forget_unfinished
from auth_flows.sms.sending import drop_old
from ciam.lib import keys, throttle
from ciam.lib.partitions import drop_before, make_coming_months
from provisioning.models import Delivery

SIGN_INS_KEPT = dt.timedelta(days=90)
# What a changed risk policy can be tried on.
ASSESSMENTS_KEPT = dt.timedelta(days=180)
# Longer than anybody tries, and long enough to look into what a target says it was never told.
DELIVERIES_KEPT = dt.timedelta(days=90)
# A browser keeps the cookie by which it is known for a year.
DEVICES_KEPT = dt.timedelta(days=400)


@shared_task(name="site.keep_house")
def keep_house() -> None:
    now = timezone.now()
    keys.rotate(now)
    throttle.drop_ended(now)
    for model in (Event, SignIn, Assessment, Delivery):
        make_coming_months(model, now)
    drop_before(SignIn, now - SIGN_INS_KEPT)
    drop_before(Assessment, now - ASSESSMENTS_KEPT)
    drop_before(Delivery, now - DELIVERIES_KEPT)
    forget_unfinished(now)
    drop_old(now - dt.timedelta(days=1))
    address_changes.forget_old(now)
    guardians.let_lapse(now)
    expired.drop_expired(now)
    ended = BrowserSession.objects.filter(ends_at__lt=now).values_list("pk", flat=True)[:10_000]
    BrowserSession.objects.filter(pk__in=list(ended)).delete()
    lost = Device.objects.filter(last_seen_at__lt=now - DEVICES_KEPT).values_list("pk", flat=True)[:10_000]
    Device.objects.filter(pk__in=list(lost)).delete()
    gone = UpstreamVisit.objects.filter(expires_at__lt=now).values_list("pk", flat=True)[:10_000]
    UpstreamVisit.objects.filter(pk__in=list(gone)).delete()
