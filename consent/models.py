"""What somebody agreed to. Terms are named as ISO/IEC TS 27560 and the Kantara receipt name them."""

import hashlib

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Account, Brand
from ciam.lib.ids import uuid7


def text_hash(text: str) -> str:
    """The hash of an exact text as it was shown: SHA-256 of its UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


class LawfulBasis(models.TextChoices):
    """GDPR article 6 (1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Channel(models.TextChoices):
    """By which way a brand uses a purpose to reach somebody."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "text message"
    PHONE = "phone"
    POST = "post"
    PUSH = "push", "push message"
    WEB = "web", "on websites"
    ADS = "ads", "advertising elsewhere"


class Purpose(models.Model):
    """For what a brand uses personal data. What may leave for it stands in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="purposes")
    key = models.SlugField()
    lawful_basis = models.CharField(max_length=25, choices=LawfulBasis, default=LawfulBasis.CONSENT)
    required = models.BooleanField(
        default=False, help_text="Terms: registration ends only once they are accepted."
    )
    double_opt_in = models.BooleanField(default=False)
    channels = ArrayField(models.CharField(max_length=10, choices=Channel), default=list, blank=True)
    valid_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="So long an agreement holds, in days; empty: until it is withdrawn."
    )
    allows_tracking = models.BooleanField(
        default=False,
        help_text="Analytics: who agreed may be recognised by the numbers of their visits.",
    )
    heeds_gpc = models.BooleanField(
        default=False,
        verbose_name="heeds Global Privacy Control",
        help_text="Sale, sharing or targeted advertising: a browser's opt-out signal counts as a no.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="purpose_key_once_per_brand")]
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} at {self.brand}"


class PurposeVersion(models.Model):
    """The wording of a purpose. A material new version asks again; another one doesn't."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    titles = models.JSONField(help_text="Title by locale.")
    texts = models.JSONField(help_text="Exact text by locale.")
    material = models.BooleanField(default=True)
    releases = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="The attributes that this wording lets leave: an earlier yes never covers more.",
    )
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="purpose_version_numbers_once")
        ]
        ordering = ["purpose", "number"]

    def __str__(self) -> str:
        return f"{self.purpose} v{self.number}"

    def wording(self, locale: str) -> tuple[str, str, str]:
        """(locale, title, text) for who reads `locale`; in the brand's own where there is none."""
        own = self.purpose.brand.default_locale
        known = next((one for one in (locale, locale.split("-")[0], own) if one in self.texts), None)
        if known is None:
            known = min(self.texts)
        return known, self.titles[known], self.texts[known]


class Decision(models.TextChoices):
    GIVEN = "given"
    REFUSED = "refused", "refused: asked, and not given"
    WITHDRAWN = "withdrawn"
    PENDING = "pending", "pending: not yet confirmed by the person"
    UNPROVEN = "unproven", "unproven: said by a website or an import without proof"
    EXPIRED = "expired", "expired: given so long ago that it has to be asked anew"


class Method(models.TextChoices):
    """How the answer came to us."""

    CLICK = "click"
    SCIM = "scim"
    API = "api"
    IMPORT = "import"
    SIGNAL = "signal", "signal: the browser's Global Privacy Control"
    CLOCK = "clock", "clock: nobody answered, time passed"


class ConsentRecord(models.Model):
    """One answer. Rows are only ever added (a trigger in the database refuses all else), hold no personal
    value, and are sealed into a hash chain."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="consents")
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="records")
    decision = models.CharField(max_length=10, choices=Decision)
    text_hash = models.CharField(max_length=64, blank=True, help_text="Of the exact text that was shown.")
    locale = models.CharField(max_length=10, blank=True)
    surface = models.CharField(max_length=500, blank=True, help_text="The page on which it was shown.")
    method = models.CharField(max_length=10, choices=Method)
    actor_kind = models.CharField(max_length=15)
    actor_id = models.CharField(max_length=100, blank=True)
    said_at = models.DateTimeField(help_text="When the person answered, as the surface told it.")
    at = models.DateTimeField(help_text="When we wrote it down; the ledger's order.")
    address_hash = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the network address.")
    agent_hash = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the browser's name.")
    parent_id = models.UUIDField(null=True, help_text="The record that this one follows.")
    lawful_basis = models.CharField(
        max_length=25, choices=LawfulBasis, blank=True, help_text="That the purpose had then."
    )
    expires_at = models.DateTimeField(null=True, help_text="From then on it releases nothing.")

    class Meta:
        indexes = [
            models.Index(fields=["account", "purpose", "id"]),
            models.Index(
                fields=["expires_at"],
                name="given_by_expiry",
                condition=models.Q(decision="given", expires_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "purpose", "parent_id"],
                nulls_distinct=False,
                name="each_record_is_followed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.purpose}"
