from django.db import models

from accounts.models.account import Account
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7


class GuardianConsent(models.Model):
    """That somebody who answers for a child was asked, and agreed (GDPR, article 8). Until then the account's
    processing is restricted. The child's date of birth is not kept: only until when consent is needed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="guardian_consent")
    address = EncryptedTextField(help_text="The guardian's.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="Without an answer by then the account is erased.")
    needed_until = models.DateField()
    given_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["ends_at"], name="guardian_waits", condition=models.Q(given_at=None)),
        ]

    def __str__(self) -> str:
        return f"guardian's consent for {self.account}"
