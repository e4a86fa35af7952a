"""Tables of the foundation. None refers to a table of another app."""

from django.db import models

from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7
from ciam.lib.outbox import Outgoing


class Counter(models.Model):
    """Uses of something limited. The key is a keyed hash: the table names nobody."""

    key = models.CharField(max_length=64, primary_key=True)
    uses = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.uses} until {self.ends_at:%H:%M:%S}"


class SigningKey(models.Model):
    """A key that signs tokens. The next one is published ahead; an old one stays while its tokens live."""

    kid = models.CharField(max_length=43, primary_key=True)
    algorithm = models.CharField(max_length=10)
    private_pem = EncryptedTextField()
    public_jwk = models.JSONField()
    signs_from = models.DateTimeField()
    published_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["algorithm", "signs_from"])]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"


class Mail(Outgoing):
    """A mail that waits to be sent. Recipient and contents are encrypted, and go when it is done with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    template = models.CharField(max_length=60)
    recipient = EncryptedTextField(null=True)
    context = EncryptedTextField(null=True)
    locale = models.CharField(max_length=10, default="en")
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mail_done_holds_no_contents",
                condition=models.Q(done_at__isnull=True)
                | models.Q(recipient__isnull=True, context__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["not_before"], condition=models.Q(done_at=None), name="mail_waiting")]

    def __str__(self) -> str:
        return f"{self.template} {self.id}"


class Seal(models.Model):
    """The head of a hash chain after one batch."""

    chain = models.CharField(max_length=30)
    number = models.PositiveBigIntegerField()
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="seal_numbers_once")]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


class SealEntry(models.Model):
    """Which batch a row was sealed in, and what it was then."""

    chain = models.CharField(max_length=30)
    row_id = models.UUIDField()
    number = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "row_id"], name="row_sealed_once")]
        indexes = [models.Index(fields=["chain", "number"])]

    def __str__(self) -> str:
        return f"{self.chain} {self.row_id}"
