from django.db import models
from django.utils import timezone

from accounts.models.brand import Brand, Membership
from ciam.lib.ids import uuid7


class Segment(models.Model):
    """A named part of a brand's customers, kept by its websites. A SCIM Group is this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="segments")
    name = models.CharField(max_length=200)
    folded = models.CharField(
        max_length=200, db_collation="C", editable=False, help_text="The name, for filters."
    )
    external_ids = models.JSONField(default=dict, blank=True, help_text="Its id at a website, by website.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveBigIntegerField(default=1, editable=False)

    class Meta:
        indexes = [models.Index(fields=["brand", "folded"])]

    def __str__(self) -> str:
        return f"{self.name} of {self.brand}"


class SegmentMember(models.Model):
    """Somebody in a segment. Rows are written set by set: a segment may have hundreds of thousands."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="segments")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "membership"], name="in_a_segment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership} in {self.segment}"
