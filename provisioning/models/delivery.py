import hashlib
import uuid

from django.db import models

from ciam.lib.outbox import Outgoing
from provisioning.models.connector import Connector


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped", "dropped: nothing of it may leave"


class Delivery(Outgoing):
    """One event for one target that takes events: never coalesced with another, brought there at least once.

    Partitioned by the month in its key, which is made from event and connector, so that the same one can't be
    written twice. Names no value: what leaves is decided when it leaves.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="deliveries")
    event_id = models.UUIDField(editable=False)
    event_type = models.CharField(max_length=50)
    account_id = models.UUIDField(null=True)
    member_id = models.UUIDField(null=True, editable=False)
    fields = models.JSONField(default=list, editable=False, help_text="Names of what changed.")
    at = models.DateTimeField(editable=False, help_text="When it happened.")
    state = models.CharField(
        max_length=10, choices=DeliveryState, default=DeliveryState.WAITING, editable=False
    )
    settled_at = models.DateTimeField(null=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["connector", "not_before"],
                name="delivery_due",
                condition=models.Q(state="waiting", needs_human=""),
            ),
            models.Index(fields=["account_id"], name="delivery_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to {self.connector}"

    @staticmethod
    def key(event_id: uuid.UUID, connector_id: uuid.UUID) -> uuid.UUID:
        """A UUIDv7 of the event's moment whose random part is that of the pair."""
        digest = int.from_bytes(hashlib.sha256(event_id.bytes + connector_id.bytes).digest()[:10])
        moment = event_id.int >> 80
        body = (digest & ~(0xF << 76) | (0x7 << 76)) & ~(0x3 << 62) | (0x2 << 62)
        return uuid.UUID(int=moment << 80 | body)
