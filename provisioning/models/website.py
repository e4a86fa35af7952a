from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Brand
from ciam.lib.ids import uuid7
from ciam.lib.kept import Kept
from consent.models import Purpose


class Scope(models.TextChoices):
    """What a website's token may do at the SCIM door."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    CONSENT = "consent"


class Website(models.Model):
    """A brand's website or service that may write customers by SCIM, as far as its attribute list goes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="websites")
    name = models.CharField(max_length=100)
    attributes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    purpose = models.ForeignKey(
        Purpose,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who agreed to it lets this website know what the purpose releases.",
    )
    is_trusted = models.BooleanField(
        default=False, help_text="It has proven the e-mail addresses that it brings: they count as verified."
    )
    client_id = models.CharField(
        max_length=100,
        blank=True,
        help_text="The OAuth client whose tokens with the scope “scim” act for it.",
    )
    client_scopes = ArrayField(
        models.CharField(max_length=10, choices=Scope),
        default=list,
        blank=True,
        help_text="What these may do.",
    )
    form_key = models.CharField(
        max_length=60, blank=True, help_text="Public key of its plain form (POST /api/v1/lite); empty: none."
    )
    origins = ArrayField(
        models.URLField(), default=list, blank=True, help_text="Where that form stands: https://shop.example"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client_id"], condition=~models.Q(client_id=""), name="one_website_per_client"
            ),
            models.UniqueConstraint(
                fields=["form_key"], condition=~models.Q(form_key=""), name="form_key_of_one_website"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        known_tokens.forget()


class WebsiteToken(models.Model):
    """A bearer token, kept as a hash. Several may live at once, so that one can be rotated."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    website = models.ForeignKey(Website, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.website}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        known_tokens.forget()


known_tokens: Kept[str, WebsiteToken] = Kept(seconds=3)
"""By hash. So long a token that was withdrawn still works, in another process."""
