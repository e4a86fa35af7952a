import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Brand
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7
from ciam.lib.kept import Kept
from consent.models import Purpose


class ConnectorQuerySet(models.QuerySet["Connector"]):
    def open_at(self, now: dt.datetime) -> "ConnectorQuerySet":
        """Those that may be talked to now. Without the secret: one that can't be decrypted stops no other."""
        free = models.Q(paused_until=None) | models.Q(paused_until__lte=now)
        return self.filter(free, is_active=True, needs_human="").defer("secret")


class Connector(models.Model):
    """A system that a brand keeps in step. It hears of nobody whose answer to `purpose` forbids it. What
    it may know of the others is in the matrix (`Release`); `mapping` says where each attribute goes there;
    `settings` are the kind's own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="connectors")
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="connectors")
    settings = models.JSONField(default=dict, blank=True)
    secret = EncryptedTextField(null=True, blank=True)
    mapping = models.JSONField(
        default=dict,
        blank=True,
        help_text="Attribute name -> field at the target; empty: as the kind suggests.",
    )
    keeps_state = models.BooleanField(
        default=True, editable=False, help_text="Holds people, and is kept in step with them."
    )
    event_types = ArrayField(
        models.CharField(max_length=50), default=list, blank=True, help_text="Events that it is told of."
    )
    is_active = models.BooleanField(default=True)
    prepared_at = models.DateTimeField(null=True, blank=True, editable=False)
    needs_human = models.TextField(
        blank=True, editable=False, help_text="Why nothing goes to this target until an operator has acted."
    )
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="The breaker: failures in a row that concerned the whole target."
    )
    succeeded_at = models.DateTimeField(null=True, editable=False)
    paused_until = models.DateTimeField(null=True, editable=False)

    objects = ConnectorQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        known_takers.forget()


@dataclass(frozen=True)
class Taker:
    """A target that takes events: of its own brand, and of the account as a whole."""

    connector_id: uuid.UUID
    brand_id: uuid.UUID
    event_types: frozenset[str]


known_takers: Kept[str, tuple[Taker, ...]] = Kept(seconds=3)
"""The targets that take events. So long another process may not tell one that was just switched on."""
