from django.contrib.postgres.fields import ArrayField
from django.db import models

from ciam.lib.ids import uuid7


class Event(models.Model):
    """That something changed: names of fields, never values. Rows are only ever added; the table is
    partitioned by the month in its key. No foreign keys: an event outlives what it tells of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=50)
    account_id = models.UUIDField(null=True)
    brand_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=15)
    actor_id = models.CharField(max_length=100, blank=True)
    fields = ArrayField(models.CharField(max_length=60), default=list)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account_id", "id"], name="event_of_account")]

    def __str__(self) -> str:
        return self.type
