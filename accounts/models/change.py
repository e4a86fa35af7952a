from django.db import models

from accounts.models.account import Account
from accounts.models.identifier import Identifier, IdentifierKind
from ciam.lib.ids import uuid7


class AddressChange(models.Model):
    """A new address or phone number that its owner has yet to prove, and then for a while the way back: the
    old one was told, and can undo it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="address_changes")
    kind = models.CharField(max_length=15, choices=IdentifierKind)
    value = models.CharField(max_length=320)
    normal = models.CharField(max_length=320)
    replaces = models.ForeignKey(
        Identifier, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Empty: it is added."
    )
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="Not proven until then, it never happens.")
    proven_at = models.DateTimeField(null=True)
    undo_hash = models.CharField(max_length=64, blank=True, editable=False)
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "kind"], name="address_change_of_account")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account}"


class PutOff(models.Model):
    """A question about the profile that somebody did not want to answer just then."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="put_off_questions")
    attribute = models.CharField(max_length=40)
    times = models.PositiveSmallIntegerField(default=1)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "attribute"], name="question_put_off_once")]

    def __str__(self) -> str:
        return f"{self.attribute} until {self.until:%Y-%m-%d}"
