import datetime as dt

from django.db import models

from accounts.models import Account
from ciam.lib.ids import uuid7


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    def waiting(self) -> "RecoveryQuerySet":
        """Neither done nor called off."""
        return self.filter(cancelled_at=None, finished_at=None)

    def ready(self, account: Account, now: dt.datetime) -> "RecoveryQuerySet":
        """Those of this account, as it is now, whose wait is over."""
        mine = self.waiting().filter(account=account, epoch=account.session_epoch)
        return mine.filter(ready_at__lte=now, ends_at__gt=now)


class Recovery(models.Model):
    """Somebody who has lost every factor asks to get in by waiting. Told on every channel, and cancelled by
    one press on any of them; after the wait whoever holds the secret may set new factors."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recoveries")
    key_hash = models.CharField(
        max_length=64, editable=False, help_text="Of the secret in the mail that begins it."
    )
    cancel_hash = models.CharField(max_length=64, editable=False, help_text="Of the secret in the notices.")
    epoch = models.PositiveIntegerField(help_text="The account's, when it was asked for.")
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(help_text="Not before.")
    ends_at = models.DateTimeField(help_text="Not after.")
    cancelled_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "recoveries"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(cancelled_at=None, finished_at=None),
                name="one_recovery_waits_per_account",
            )
        ]

    def __str__(self) -> str:
        return f"recovery {self.id}"
