from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from accounts.models.account import Account
from ciam.lib.ids import uuid7


class Source(models.TextChoices):
    """Who said a value. A weaker source never overwrites a stronger one (`profiles.STRENGTH`)."""

    TARGET = "target", "target: a system that we keep in step, and read back"
    IMPORT = "import"
    WEBSITE = "website"
    PROVIDER = "provider"
    CUSTOMER = "customer"
    VERIFICATION = "verification"


class ProfileValue(models.Model):
    """What one source says of one attribute. Several sources may speak; `profiles.strongest` decides."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="profile_values")
    attribute = models.CharField(max_length=40)
    value = models.JSONField()
    folded = models.CharField(
        max_length=200, blank=True, db_collation="C", editable=False, help_text="A single value, for filters."
    )
    words = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        editable=False,
        help_text="A list, for filters.",
    )
    source = models.CharField(max_length=15, choices=Source)
    said_by = models.CharField(max_length=100, blank=True, help_text="The website, provider or import by id.")
    said_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    consent_id = models.UUIDField(null=True, blank=True, help_text="The consent record it was given under.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "attribute", "source", "said_by"],
                name="one_value_per_attribute_and_source",
            )
        ]
        indexes = [
            models.Index(fields=["said_by", "attribute", "folded"], name="profile_value_folded"),
            GinIndex(fields=["words"], name="profile_value_words", condition=~models.Q(words=[])),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} from {self.source}"
