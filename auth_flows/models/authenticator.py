from django.db import models

from accounts.models import Account
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7


class Authenticator(models.Model):
    """Something by which an account proves itself (NIST SP 800-63B). A password is one, as a hash; a seed is
    kept encrypted."""

    class Kind(models.TextChoices):
        PASSWORD = "password"  # noqa: S105 - the kind's name
        TOTP = "totp"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="authenticators")
    kind = models.CharField(max_length=15, choices=Kind)
    label = models.CharField(max_length=100, blank=True)
    hash = models.CharField(max_length=200, blank=True, editable=False)
    seed = EncryptedTextField(null=True, editable=False)
    last_step = models.BigIntegerField(default=0, help_text="TOTP: the last time step that was accepted.")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(kind="password"), name="one_password_per_account"
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
