from django.db import models

from ciam.lib.ids import uuid7
from ciam.lib.outbox import Outgoing
from provisioning.models.connector import Connector


class RunKind(models.TextChoices):
    """What goes through all of a target's people, piece by piece."""

    RESYNC = "resync", "resync: send what each target should hold, whatever was sent before"
    REDRIVE = "redrive", "redrive: try again what waits for a human"
    DRIFT = "drift", "drift check: compare what targets hold with what they should hold"
    BACKFILL = "backfill", "backfill: send everybody in jobs of thousands"
    READ_BACK = "read_back", "read back: learn what targets have found out"


class RunState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped", "stopped by an operator"


class Run(Outgoing):
    """Work over many people at one target, done in slices: `cursor` is the last account that was dealt with,
    where whoever goes on after a crash begins."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=RunKind)
    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.RUNNING, editable=False)
    cursor = models.UUIDField(null=True, editable=False)
    expected = models.PositiveIntegerField(default=0, editable=False, help_text="People to go through.")
    seen = models.PositiveIntegerField(default=0, editable=False)
    changed = models.PositiveIntegerField(
        default=0, editable=False, help_text="Sent anew, found to differ, or learnt of."
    )
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    actor_kind = models.CharField(max_length=15, editable=False)
    actor_id = models.CharField(max_length=100, blank=True, editable=False)
    started_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "kind"],
                condition=models.Q(state="running"),
                name="one_run_of_a_kind_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.connector}"
