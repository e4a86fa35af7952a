from django.db import models

from ciam.lib.ids import uuid7


class Outcome(models.TextChoices):
    """What follows from a risk."""

    ALLOW = "allow"
    CHALLENGE = "challenge", "show a challenge"
    ASK_MORE = "ask_more", "ask for another proof"
    REFUSE = "refuse"


class Assessment(models.Model):
    """How risky a sign-in looked when somebody had just proven something, and what followed. The facts are
    kept as they were, without a name or an address, so that a changed policy can be tried on them.

    Partitioned by the month in its key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sign_in_id = models.UUIDField()
    account_id = models.UUIDField(null=True)
    brand_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    facts = models.JSONField()
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    outcome = models.CharField(max_length=10, choices=Outcome)
    shadow_score = models.PositiveSmallIntegerField(null=True)
    shadow_reasons = models.JSONField(null=True)
    shadow_outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "id"], name="assessment_of_account"),
            models.Index(fields=["brand_id", "at"], name="assessment_of_brand"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} ({self.score})"
