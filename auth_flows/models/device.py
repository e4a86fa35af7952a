from django.db import models

from accounts.models import Account
from ciam.lib.ids import uuid7


class Device(models.Model):
    """A browser in which an account has finished a sign-in. The browser holds a secret in a `__Host-` cookie;
    here is its hash. Trusted, it is not asked for the second factor, for a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="devices")
    browser_hash = models.CharField(max_length=64, editable=False)
    agent = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1, of the last sign-in.")
    place = models.CharField(max_length=100, blank=True, help_text="City and country, in words.")
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    trusted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["last_seen_at"], name="device_by_last_seen")]
        constraints = [
            models.UniqueConstraint(fields=["account", "browser_hash"], name="device_known_once_per_account")
        ]

    def __str__(self) -> str:
        return f"device {self.id}"
