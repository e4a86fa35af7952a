from django.db import models

from accounts.models.account import Account, Realm
from ciam.lib.ids import uuid7


class IdentifierKind(models.TextChoices):
    EMAIL = "email"
    PHONE = "phone"
    USERNAME = "username"
    EXTERNAL_ID = "external_id"


class Identifier(models.Model):
    """By what somebody is found. `value` is as it was said and as mail is delivered; `normal` is its one
    normal form, by which it is unique while live."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identifiers")
    realm = models.CharField(max_length=10, choices=Realm, default=Realm.CUSTOMER)
    kind = models.CharField(max_length=15, choices=IdentifierKind)
    scope = models.CharField(
        max_length=50, blank=True, help_text="An external id is unique within the website that gave it."
    )
    value = models.CharField(max_length=320)
    normal = models.CharField(max_length=320)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField(default=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["realm", "kind", "scope", "normal"],
                condition=models.Q(retired_at=None),
                name="identifier_is_unique_while_live",
            ),
            models.UniqueConstraint(
                fields=["account", "kind", "scope"],
                condition=models.Q(retired_at=None, is_primary=True),
                name="one_primary_identifier_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account}"
