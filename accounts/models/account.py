import hashlib
import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ciam.lib.ids import uuid7


class Kind(models.TextChoices):
    """Lite: known, without credentials. Full: can sign in."""

    LITE = "lite", "lite"
    FULL = "full", "full"


class Status(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASING = "erasing"
    ERASED = "erased"


LEAVING = frozenset({Status.ERASING, Status.ERASED})
"""For new dealings these are nobody."""


class Realm(models.TextChoices):
    """Whose identifiers these are. For customers' doors an operator's address has no account."""

    CUSTOMER = "customer"
    OPERATOR = "operator"


class AccountQuerySet(models.QuerySet["Account"]):
    def customers(self) -> "AccountQuerySet":
        return self.filter(realm=Realm.CUSTOMER)

    def locked(self, ids: Iterable[uuid.UUID]) -> list["Account"]:
        """These accounts, locked in id order: the only order in which accounts are ever locked."""
        return list(self.filter(pk__in=set(ids)).order_by("pk").select_for_update())


class AccountManager(models.Manager["Account"]):
    def get_queryset(self) -> AccountQuerySet:
        return AccountQuerySet(self.model, using=self._db)

    def customers(self) -> AccountQuerySet:
        return self.get_queryset().customers()

    def locked(self, ids: Iterable[uuid.UUID]) -> list["Account"]:
        return self.get_queryset().locked(ids)

    def get_by_natural_key(self, key: str) -> "Account":
        return self.get(pk=key)


class Account(AbstractBaseUser, PermissionsMixin):
    """One person, across all brands. What proves it lives elsewhere: there is no password here."""

    password = None  # type: ignore[assignment]
    last_login = None

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    realm = models.CharField(max_length=10, choices=Realm, default=Realm.CUSTOMER)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LITE)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    is_staff = models.BooleanField(default=False)
    version = models.PositiveBigIntegerField(default=1, help_text="Rises with every change.")
    session_epoch = models.PositiveIntegerField(
        default=1, help_text="Rises with every revocation: sessions and tokens of an earlier epoch are dead."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    contact_at = models.DateTimeField(
        default=timezone.now,
        help_text="When the person or a website last spoke to us; see retention.",
    )
    warned_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person was told that we shall forget them."
    )
    restricted_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when the person has had processing restricted (GDPR, article 18): nothing leaves, "
        "nothing is used for marketing; to sign in goes on.",
    )

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="only_operators_are_staff",
                condition=models.Q(realm=Realm.OPERATOR) | models.Q(is_staff=False, is_superuser=False),
            ),
            models.CheckConstraint(
                name="operators_are_never_lite",
                condition=models.Q(realm=Realm.CUSTOMER) | models.Q(kind=Kind.FULL),
            ),
        ]
        indexes = [
            models.Index(
                fields=["contact_at"],
                name="lite_by_contact",
                condition=models.Q(kind="lite", status__in=["active", "suspended"]),
            )
        ]
        permissions = [("view_personal_data", "Can see personal values of accounts")]

    def __str__(self) -> str:
        return f"{self.kind} account {str(self.pk)[-12:]}"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.status == Status.ACTIVE

    def get_short_name(self) -> str:
        """What the admin greets an operator by."""
        mail = self.identifiers.filter(kind="email", retired_at=None).first()
        return mail.value if mail else str(self)

    def get_session_auth_hash(self) -> str:
        """Django's hook, answered from the epoch rather than from a password."""
        return salted_hmac(
            "accounts.session", f"{self.pk} {self.session_epoch}", algorithm="sha256"
        ).hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterable[str]:
        return iter(())

    def subject(self, sector: str = "") -> str:
        """The `sub` of this account (OpenID Connect Core, 2): never the key itself, never recycled."""
        return hashlib.sha256(f"{sector}|{self.pk}".encode()).hexdigest()[:32]
