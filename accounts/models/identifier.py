from django.db import models

from accounts.models.account import Account, Realm
from ciam.lib.ids import uuid7


class IdentifierKind(models.TextChoices):
    EMAIL = "email"
    PHONE = "phone"
    USERNAME = "username"
    EXTERNAL_ID = "external_id"


class Identifier(models.Model):
    """By what somebody is found. `value` is as it was said; `normal` is its one normal form, by which it is
    unique while live.

    Without a scope it is the account's own: by it people are recognised across brands and sign in. In the
    scope of a brand it is how that brand knows the person, as its websites said it: it opens no door. An
    external id has the scope of the website that gave it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identifiers")
    realm = models.CharField(max_length=10, choices=Realm, default=Realm.CUSTOMER)
    kind = models.CharField(max_length=15, choices=IdentifierKind)
    scope = models.CharField(
        max_length=50, blank=True, help_text="Empty: the account's own. Else the id of a brand or a website."
    )
    label = models.CharField(max_length=20, blank=True, help_text="What a brand calls it: work, home, …")
    value = models.CharField(max_length=320)
    # Compared byte by byte on every installation: ranges of it are what filters by its beginning read.
    normal = models.CharField(max_length=320, db_collation="C")
    verified_at = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField(default=True)
    by_default = models.BooleanField(
        default=False, db_default=False, help_text="The primary one for being the first: nobody said so."
    )
    undeliverable_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when mail to it comes back."
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "normal", "realm"],
                condition=models.Q(retired_at=None, scope=""),
                name="own_identifier_is_unique_while_live",
            ),
            # Several of a brand's customers may share a phone, or have one's first address as a second one.
            models.UniqueConstraint(
                fields=["scope", "kind", "normal"],
                condition=models.Q(retired_at=None, is_primary=True)
                & ~models.Q(scope="")
                & ~models.Q(kind=IdentifierKind.PHONE),
                name="brand_calls_one_person_so",
            ),
            models.UniqueConstraint(
                fields=["account", "kind", "scope"],
                condition=models.Q(retired_at=None, is_primary=True),
                name="one_primary_identifier_of_a_kind",
            ),
            models.CheckConstraint(
                name="only_the_own_is_verified",
                condition=models.Q(scope="") | models.Q(verified_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["scope", "kind", "normal"],
                name="identifier_by_scope",
                condition=models.Q(retired_at=None) & ~models.Q(scope=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account}"
