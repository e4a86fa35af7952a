from django.db import models

from accounts.models import Account, Brand
from auth_flows.models.device import Device
from ciam.lib.ids import uuid7


class BrowserSession(models.Model):
    """A signed-in browser. The cookie's secret is kept as a hash; `epoch` is the account's when it began,
    and it is dead once that has risen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="browser_sessions")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True, related_name="+")
    epoch = models.PositiveIntegerField()
    proofs = models.JSONField()
    data = models.JSONField(default=dict)
    agent = models.CharField(max_length=200, blank=True)
    device = models.ForeignKey(
        Device, on_delete=models.SET_NULL, null=True, related_name="sessions", help_text="The browser."
    )
    place = models.CharField(max_length=100, blank=True, help_text="City and country, in words.")
    challenges = models.PositiveIntegerField(default=0, help_text="WebAuthn challenges used up so far.")
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    idle_ends_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"session {self.id}"
