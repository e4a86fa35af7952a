import uuid

from django.db import models
from django.utils import timezone

from accounts.models.account import Account
from ciam.lib.ids import uuid7


class Brand(models.Model):
    """A brand under which customers meet us."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    theme = models.JSONField(default=dict, blank=True, help_text="accent, accent_dark: colours as #rrggbb")
    default_locale = models.CharField(max_length=10, default="en")
    country = models.CharField(
        max_length=2,
        blank=True,
        help_text="Where a phone number without + belongs (ISO 3166-1), such as DE.",
    )
    is_default = models.BooleanField(
        default=False, help_text="Where somebody comes without an app's request."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_brand"
            )
        ]

    def __str__(self) -> str:
        return self.name


class MembershipStatus(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Membership(models.Model):
    """An account at a brand. A SCIM User is this row, seen by its brand; its id is random (UUIDv4), so
    that it tells no time and two brands can't compare."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="memberships")
    status = models.CharField(max_length=10, choices=MembershipStatus, default=MembershipStatus.ACTIVE)
    how = models.CharField(max_length=20, help_text="The door by which it began: scim, registration, import.")
    since = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When last something changed that the brand may see."
    )
    registered_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When they registered with this brand.",
    )
    suspended_by = models.CharField(
        max_length=15, blank=True, help_text="operator: no website may resume it."
    )
    reported = models.JSONField(
        default=dict,
        db_default={},
        editable=False,
        help_text="By website: what it says they agreed to, in its own words. What stands is in the ledger.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "brand"], name="one_membership_per_account_and_brand")
        ]
        indexes = [
            models.Index(fields=["brand", "since", "id"]),
            models.Index(fields=["brand", "changed_at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.account} at {self.brand}"
