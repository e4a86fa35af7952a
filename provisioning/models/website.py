from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Brand
from ciam.lib.ids import uuid7


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

    def __str__(self) -> str:
        return self.name


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
