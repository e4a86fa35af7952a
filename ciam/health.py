"""Is it alive, is it ready, and how is it doing?"""

import hmac

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ciam.lib.models import Mail
from ciam.lib.proxies import comes_from_inside
from provisioning.models import Link
from provisioning.outbox import oldest_behind

PATIENCE = 0.5
# A link that waits longer than this is a target out of step, and somebody should look.
LATE_SECONDS = 300


def nothing_here(request: HttpRequest) -> HttpResponse:
    raise Http404


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Whether to send people here. Redis and late links are told but don't close the house."""
    database = _database()
    parts = {"database": database, "migrations": _migrations() if database == "ok" else "unknown"}
    told = {"redis": _redis(), "oldest_undelivered_link": _oldest() if database == "ok" else "unknown"}
    is_ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"ready": is_ready, **parts, **told}, status=200 if is_ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _redis() -> str:
    try:
        redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
        ).ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def _oldest() -> str:
    oldest = oldest_behind(timezone.now())
    late = oldest is not None and oldest > LATE_SECONDS
    return "late" if late else "ok"


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format; for an internal address, or with METRICS_TOKEN as a bearer token."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    now = timezone.now()
    Gauge("ciam_links_behind", "Links whose target is not as wanted.", registry=registry).set(
        Link.objects.behind().count()
    )
    Gauge("ciam_links_oldest_seconds", "Age of the oldest such link.", registry=registry).set(
        oldest_behind(now) or 0
    )
    Gauge("ciam_links_need_human", "Links that wait for an operator.", registry=registry).set(
        Link.objects.exclude(needs_human="").count()
    )
    Gauge("ciam_mail_waiting", "Mails not sent yet.", registry=registry).set(
        Mail.objects.filter(done_at=None).count()
    )
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    return comes_from_inside(request)
