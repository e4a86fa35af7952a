"""django-oauth-toolkit's models, swapped from the first day so that they can grow.

Access and ID tokens are JWTs of which no row is written: `AccessToken` and `IDToken` stay empty. What ends
before its time is written instead, as a Revocation.
"""

from django.db import models
from django.utils import timezone
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from auth_flows.models.session import BrowserSession
from ciam.lib.ids import uuid7


class Proven(models.Model):
    """What stood behind a grant: the session, and the proofs at that time."""

    session = models.ForeignKey(BrowserSession, on_delete=models.CASCADE, null=True, related_name="+")
    proofs = models.JSONField(default=list)
    epoch = models.PositiveIntegerField(default=0, help_text="The account's, when it was made.")

    class Meta:
        abstract = True


class Grant(Proven, AbstractGrant):
    """An authorization code, kept as a hash. A used one stays for a while, so that a second use shows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]
    family = models.UUIDField(default=uuid7, editable=False, help_text="Of all tokens that come of it.")
    used_at = models.DateTimeField(null=True)

    class Meta(AbstractGrant.Meta):
        abstract = False
        swappable = "OAUTH2_PROVIDER_GRANT_MODEL"
        indexes = [models.Index(fields=["expires"])]


class AccessToken(AbstractAccessToken):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]

    class Meta(AbstractAccessToken.Meta):
        abstract = False
        swappable = "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL"
        indexes = [models.Index(fields=["expires"])]


class RefreshToken(Proven, AbstractRefreshToken):
    """A refresh token, kept as a hash (`token_checksum`). `revoked`: when a successor was given for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]
    token_family = models.UUIDField(editable=False)
    expires = models.DateTimeField(db_index=True, help_text="The family's: rotating does not extend it.")
    scope = models.TextField(blank=True)
    follows = models.UUIDField(null=True, editable=False, help_text="The token it was given for.")
    followed_up = models.BooleanField(
        default=False, help_text="A successor was used: its answer arrived, so a second use is no retry."
    )

    class Meta(AbstractRefreshToken.Meta):
        abstract = False
        swappable = "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL"
        unique_together = ()  # type: ignore[assignment]
        indexes = []
        constraints = [models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_is_unique")]

    def revoke(self) -> None:
        """The operators' action: it ends the whole family, access tokens included."""
        Revocation.objects.get_or_create(pk=self.token_family, defaults={"ends_at": self.expires})
        type(self).objects.filter(pk=self.pk, revoked=None).update(revoked=timezone.now(), followed_up=True)


class IDToken(AbstractIDToken):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]

    class Meta(AbstractIDToken.Meta):
        abstract = False
        swappable = "OAUTH2_PROVIDER_ID_TOKEN_MODEL"
        indexes = [models.Index(fields=["expires"])]


class DeviceGrant(AbstractDeviceGrant):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
        swappable = "OAUTH2_PROVIDER_DEVICE_GRANT_MODEL"
        indexes = [models.Index(fields=["expires"])]


class Revocation(models.Model):
    """A token, or a family of tokens, that ended before its time: the key is a `jti` or a family's id."""

    id = models.UUIDField(primary_key=True, editable=False)
    ends_at = models.DateTimeField(db_index=True, help_text="From then on nothing of it would live anyway.")

    def __str__(self) -> str:
        return str(self.pk)
