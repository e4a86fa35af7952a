from django.core.validators import MaxValueValidator
from django.db import models

from accounts.models import Brand
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7


class Captcha(models.TextChoices):
    """Who tells people from programs where a sign-in asks for it."""

    NONE = "none", "nobody: a delay instead"
    ALTCHA = "altcha", "ALTCHA: proof of work, on this server"
    TURNSTILE = "turnstile", "Cloudflare Turnstile"
    HCAPTCHA = "hcaptcha", "hCaptcha"
    RECAPTCHA = "recaptcha", "Google reCAPTCHA"


class SignInPolicy(models.Model):
    """How a brand's customers sign in. A brand without one has the values that stand here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="sign_in_policy")
    trusted_device_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(90)],
        help_text="For how long a trusted device is not asked for the second factor. 0: none is trusted.",
    )
    session_idle_hours = models.PositiveIntegerField(
        default=14 * 24, validators=[MaxValueValidator(30 * 24)], help_text="A session unused so long ends."
    )
    session_longest_hours = models.PositiveIntegerField(
        default=30 * 24, validators=[MaxValueValidator(30 * 24)], help_text="Every session ends after this."
    )
    codes_by_sms = models.BooleanField(default=False, help_text="Each costs, and a number can be taken over.")
    least_age = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Whoever is younger can't register. Empty: nobody is asked."
    )
    guardian_below = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Whoever is younger needs a guardian's consent (GDPR, article 8)."
    )
    questions_at_once = models.PositiveSmallIntegerField(
        default=2,
        validators=[MaxValueValidator(2)],
        help_text="How many questions about the profile a sign-in may ask.",
    )
    captcha = models.CharField(max_length=10, choices=Captcha, default=Captcha.ALTCHA)
    captcha_site_key = models.CharField(max_length=100, blank=True)
    captcha_secret = EncryptedTextField(null=True, blank=True, editable=False)
    risk = models.JSONField(
        default=dict,
        blank=True,
        help_text="What differs from the usual weights and thresholds (auth_flows/risk/policy.py).",
    )
    shadow_risk = models.JSONField(
        null=True, blank=True, help_text="A changed policy that is tried beside the live one. Empty: none."
    )

    class Meta:
        verbose_name_plural = "sign-in policies"

    def __str__(self) -> str:
        return f"sign-in at {self.brand}"
