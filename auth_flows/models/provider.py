from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Account, Brand
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7


class ProviderKind(models.TextChoices):
    """Whose quirks a provider has (auth_flows/byoid/)."""

    OIDC = "oidc", "OpenID Connect"
    GOOGLE = "google", "Google"
    APPLE = "apple", "Apple"
    MICROSOFT = "microsoft", "Microsoft"
    LINKEDIN = "linkedin", "LinkedIn"
    GITHUB = "github", "GitHub"
    FACEBOOK = "facebook", "Facebook"


class Provider(models.Model):
    """An identity provider of others by which customers may sign in. Several of one kind may stand beside
    each other."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="providers",
        help_text="Whose customers are offered it. Empty: everybody's.",
    )  # fmt: skip
    slug = models.SlugField(max_length=40, unique=True, help_text="In the address it sends people back to.")
    kind = models.CharField(max_length=10, choices=ProviderKind)
    name = models.CharField(max_length=60, help_text="As its button says it.")
    issuer = models.CharField(max_length=255, blank=True, help_text="Empty: as its kind has it.")
    client_id = models.CharField(max_length=255)
    client_secret = EncryptedTextField(null=True, blank=True, editable=False)
    settings = models.JSONField(default=dict, blank=True, help_text="Of its kind: tenant, team_id, key_id, …")
    domains = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        help_text="Whoever has an address here is led to this provider (home-realm discovery).",
    )
    links_verified_email = models.BooleanField(
        default=False,
        help_text="An address that it calls verified is enough to join an account that has proven it too, "
        "also where it is not the authority for that address.",
    )
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Smaller ones stand first.")

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class LinkedIdentity(models.Model):
    """An account elsewhere that proves an account here. Known by issuer and subject, never by an address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="linked_identities")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    label = models.CharField(max_length=320, blank=True, help_text="What the person is called there.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "linked identities"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_links_once")]

    def __str__(self) -> str:
        return f"{self.provider} of {self.account}"


class UpstreamVisit(models.Model):
    """Somebody sent to a provider, who will come back with an answer: state, nonce and verifier, for one use.

    Bound to the browser, and to a sign-in or, for linking, to an account.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state_hash = models.CharField(max_length=64, unique=True)
    browser_hash = models.CharField(max_length=64)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    sign_in_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True, help_text="Who links an identity in self-service.")
    secrets = EncryptedTextField(help_text="JSON: nonce, code_verifier.")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"visit {self.id}"
