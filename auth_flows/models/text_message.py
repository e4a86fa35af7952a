from django.db import models

from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7
from ciam.lib.outbox import Outgoing


class Sending(models.TextChoices):
    """How the sending of an SMS ended. What can't be known counts as gone: each costs, none is sent twice."""

    WAITING = "", "waits"
    SENT = "sent"
    UNKNOWN = "unknown", "nobody knows"
    STOPPED = "stopped", "the number refuses messages of ours"
    BAD_NUMBER = "bad_number", "the number takes no messages"
    TOO_LATE = "too_late", "thrown away"


class TextMessage(Outgoing):
    """A code by SMS: what goes out, and how it is redeemed. Number and text are encrypted, and go once it is
    done with; rows stay a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    about = models.UUIDField(help_text="The sign-in, or the change of a number, that it is for.")
    account_id = models.UUIDField(null=True, help_text="Whose it is, where that is known.")
    recipient = EncryptedTextField(null=True)
    text = EncryptedTextField(null=True)
    to_nobody = models.BooleanField(
        default=False, help_text="The number is no account's: nothing is sent, and no code is right."
    )
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0)
    ends_at = models.DateTimeField(help_text="Until then the code works, and the message is worth sending.")
    tried_at = models.DateTimeField(null=True, help_text="When a worker began to send it.")
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Sending, blank=True)
    remote_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sms_done_holds_no_contents",
                condition=models.Q(done_at=None) | models.Q(recipient=None, text=None),
            )
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(done_at=None), name="sms_waiting"),
            models.Index(fields=["about"], name="sms_about"),
            models.Index(
                fields=["account_id"], condition=models.Q(account_id__isnull=False), name="sms_of_account"
            ),
            models.Index(fields=["ends_at"], name="sms_by_end"),
        ]

    def __str__(self) -> str:
        return f"SMS {self.id}"
