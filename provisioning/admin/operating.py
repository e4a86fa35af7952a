"""The buttons on a target's page: try it, prepare it, begin and stop runs. Each is a POST and comes back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.admin import operator_of
from provisioning import runs
from provisioning.admin.shown import progress
from provisioning.connectors import kind_of
from provisioning.models import Connector, Run, RunKind, RunState
from provisioning.talking import failure_of

Desk = admin.ModelAdmin[Connector]
View = Callable[..., HttpResponse]
Said = tuple[int, str]
"""The level of a message, and its text."""

# No request of an operator's waits longer for a target.
PATIENCE = 5.0
LATEST_RUNS = 5


@dataclass(frozen=True)
class RunLine:
    run: Run
    progress: str
    is_running: bool


@dataclass(frozen=True)
class DeskOf:
    """What the page of one target offers beside its form."""

    connector: Connector
    may_change: bool
    kinds: list[tuple[RunKind, str]]
    runs: list[RunLine]


def desk_of(connector: Connector, *, may_change: bool) -> DeskOf:
    latest = Run.objects.filter(connector=connector).order_by("-id")[:LATEST_RUNS]
    return DeskOf(
        connector,
        may_change,
        [(kind, kind.label.partition(":")[0].capitalize()) for kind in runs.possible(connector)],
        [RunLine(run, progress(run.seen, run.expected), run.state == RunState.RUNNING) for run in latest],
    )


def one_of(desk: Desk, request: HttpRequest, key: UUID, *, to_change: bool = False) -> Connector:
    """The target, for whoever may see or change it."""
    connector = get_object_or_404(desk.get_queryset(request).select_related("brand", "purpose"), pk=key)
    may = desk.has_change_permission if to_change else desk.has_view_permission
    if not may(request, connector):
        raise PermissionDenied
    return connector


def _button(act: Callable[..., Said]) -> Callable[[Desk], View]:
    """A view that lets `act` do its work for a target and comes back to its page with what it says."""

    def make(desk: Desk) -> View:
        def view(request: HttpRequest, key: UUID, **named: Any) -> HttpResponse:
            connector = one_of(desk, request, key, to_change=True)
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            level, said = act(request, connector, **named)
            desk.message_user(request, said, level)
            return HttpResponseRedirect(reverse("admin:provisioning_connector_change", args=[key]))

        return view

    return make


def _asked(connector: Connector, ask: Callable[[float], str]) -> Said:
    """What the target says within PATIENCE, or why it says nothing."""
    said: list[str] = []
    failure = failure_of(connector, lambda: said.append(ask(time.monotonic() + PATIENCE)))
    return (messages.ERROR, str(failure)) if failure else (messages.SUCCESS, said[0])


@_button
def check(request: HttpRequest, connector: Connector) -> Said:
    """Does it accept the credentials that are stored? Changes nothing there or here."""
    return _asked(connector, lambda deadline: kind_of(connector).check(connector, deadline))


@_button
def prepare(request: HttpRequest, connector: Connector) -> Said:
    """Make what must exist there before the first push."""

    def ask(deadline: float) -> str:
        kind_of(connector).prepare(connector, deadline)
        Connector.objects.filter(pk=connector.pk).update(prepared_at=timezone.now())
        return _("The target is prepared.")

    return _asked(connector, ask)


@_button
def start_run(request: HttpRequest, connector: Connector, kind: str) -> Said:
    if kind not in runs.possible(connector):
        return messages.ERROR, _("This target knows no such run.")
    run = runs.start(RunKind(kind), connector, operator_of(request), timezone.now())
    return messages.SUCCESS, _("The run goes on: %(people)s people.") % {"people": f"{run.expected:,}"}


@_button
def stop_run(request: HttpRequest, connector: Connector, run: UUID) -> Said:
    found = get_object_or_404(Run, pk=run, connector=connector)
    if runs.stop(found, timezone.now()):
        return messages.SUCCESS, _("The run is stopped. What it has done stays.")
    return messages.WARNING, _("It had already ended.")
