from django.contrib.postgres.fields import ArrayField
from django.db import models

from ciam.lib.ids import uuid7
from ciam.lib.outbox import Outgoing
from provisioning.models.connector import Connector


class Outcome(models.TextChoices):
    """What the last delivery left at the target."""

    HOLDS = "holds"
    SUPPRESSED = "suppressed", "suppressed: keeps only what prevents contact"
    NOTHING = "nothing", "nothing: has nothing of this person"
    ERASING = "erasing", "erasing: the target has been asked, and has not confirmed it yet"
    ERASED = "erased", "erased for good"


class LinkQuerySet(models.QuerySet["Link"]):
    def behind(self) -> "LinkQuerySet":
        """Links whose target is not yet as wanted."""
        return self.filter(is_behind=True)


class Link(Outgoing):
    """One account at one target: what is wanted there and what was last sent.

    `wanted` is an opaque token that changes with every change; it is compared for equality only. Account and
    membership are named by id, without foreign keys: the link outlives their erasure as the receipt.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="links")
    account_id = models.UUIDField()
    member_id = models.UUIDField(
        editable=False, help_text="The membership: under this id the target knows the person."
    )
    remote_id = models.CharField(max_length=200, blank=True)
    wanted = models.UUIDField(editable=False)
    sent = models.UUIDField(null=True, editable=False)
    # A column, so that the database knows how few of them there are: it would read the whole table else.
    is_behind = models.GeneratedField(
        expression=models.ExpressionWrapper(
            models.Q(sent=None) | ~models.Q(sent=models.F("wanted")), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    sent_at = models.DateTimeField(null=True, editable=False)
    behind_since = models.DateTimeField(editable=False)
    held = ArrayField(
        models.CharField(max_length=40),
        default=list,
        editable=False,
        help_text="Attributes that it holds; written before they leave, so never too few.",
    )
    held_for = models.JSONField(
        default=dict,
        db_default={},
        editable=False,
        help_text="Attribute -> key of the purpose for which it left.",
    )
    held_since = models.DateTimeField(null=True, editable=False)
    subscription_mark = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Keyed hash of the subscription last set there. It is set again only when it changes, so "
        "that an opt-out made at the target stands.",
    )
    sent_hash = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Keyed hash of the fields that it should hold.",
    )
    erasure_asked_at = models.DateTimeField(null=True, editable=False)
    erasure_task = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The target's number of the erasure.",
    )
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, editable=False)
    trouble = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why the last try failed. No personal values."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "account_id"], name="one_link_per_connector_and_account"
            )
        ]
        indexes = [
            models.Index(
                fields=["connector", "not_before"], name="link_due", condition=models.Q(is_behind=True)
            ),
            models.Index(fields=["account_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.connector}: {str(self.account_id)[-12:]}"
