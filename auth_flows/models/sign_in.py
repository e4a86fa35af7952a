from django.db import models

from accounts.models import Brand, Realm
from auth_flows.models.client import Client
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7


class Intent(models.TextChoices):
    SIGN_IN = "sign_in"
    REGISTER = "register"
    RECOVER = "recover"


class SignIn(models.Model):
    """One walk through the hosted pages. Its id stands in the address; the browser that began it holds the
    secret without which the id is worth nothing. Until `finished_at` it is nobody.

    It keeps what was proven and what was said, never what remains to be done: `journey.next_step` works
    that out anew each time. Partitioned by the month in its key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    browser_hash = models.CharField(max_length=64)
    intent = models.CharField(max_length=10, choices=Intent, default=Intent.SIGN_IN)
    realm = models.CharField(max_length=10, choices=Realm, default=Realm.CUSTOMER)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, related_name="+")
    request = models.JSONField(null=True, help_text="The app's authorization request, as it was checked.")
    return_to = models.CharField(max_length=500, blank=True, help_text="A path here, where no app asked.")
    draft = EncryptedTextField(null=True, help_text="What the person said so far; goes when it ends.")
    account_id = models.UUIDField(null=True, help_text="Whose it is, from the first proof on.")
    proofs = models.JSONField(default=list)
    epoch = models.PositiveIntegerField(null=True, help_text="The account's, when it was proven.")
    session_id = models.UUIDField(null=True, help_text="The session whose proofs it began with.")
    floor = models.JSONField(default=dict, help_text="The highest need seen; it never falls.")
    way = models.CharField(max_length=20, blank=True, help_text="The method asked for by “try another way”.")
    link_hash = models.CharField(max_length=64, blank=True, help_text="Of the secret in the mailed link.")
    challenges = models.PositiveIntegerField(default=0, help_text="WebAuthn challenges used up so far.")
    captcha_at = models.DateTimeField(null=True, help_text="When it was last solved.")
    code_hash = models.CharField(max_length=64, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    code_ends_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    agent = models.CharField(
        max_length=200, blank=True, db_default="", help_text="What the browser called itself."
    )
    place = models.CharField(
        max_length=100, blank=True, db_default="", help_text="City and country, in words."
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["account_id"], name="sign_in_of_account", condition=models.Q(account_id__isnull=False)
            ),
            models.Index(
                fields=["expires_at"],
                name="sign_in_holds_words",
                condition=models.Q(draft__isnull=False) | models.Q(request__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent} {self.id}"
