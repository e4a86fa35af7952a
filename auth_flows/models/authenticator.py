from django.db import models

from accounts.models import Account
from ciam.lib.crypto import EncryptedTextField
from ciam.lib.ids import uuid7


class Authenticator(models.Model):
    """Something by which an account proves itself (NIST SP 800-63B). A password is one, as a hash; a seed is
    kept encrypted; of a passkey there is only what is public."""

    class Kind(models.TextChoices):
        """Named as the method that it proves (`auth_flows.assurance.Method`)."""

        PASSWORD = "password"  # noqa: S105 - the kind's name
        PASSKEY = "passkey"
        TOTP = "totp"
        SMS_CODE = "sms_code", "code by SMS"
        RECOVERY_CODE = "recovery_code", "recovery codes"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="authenticators")
    kind = models.CharField(max_length=15, choices=Kind)
    label = models.CharField(max_length=100, blank=True)
    hash = models.CharField(max_length=200, blank=True, editable=False)
    seed = EncryptedTextField(null=True, editable=False)
    last_step = models.BigIntegerField(default=0, help_text="TOTP: the last time step that was accepted.")
    credential_id = models.CharField(
        max_length=1_400, blank=True, editable=False, help_text="Passkey: base64url, without padding."
    )
    public_key = models.BinaryField(null=True, editable=False, help_text="Passkey: COSE_Key (RFC 9052).")
    sign_count = models.BigIntegerField(default=0, help_text="Passkey: the last counter that was accepted.")
    details = models.JSONField(
        default=dict, editable=False, help_text="Passkey: aaguid, transports, whether it is backed up."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(kind="password"), name="one_password_per_account"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(kind="recovery_code"),
                name="one_set_of_recovery_codes_per_account",
            ),
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(kind="sms_code"), name="one_phone_as_second_factor"
            ),
            models.CheckConstraint(
                name="passkeys_alone_have_a_key",
                condition=models.Q(kind="passkey", credential_id__gt="", public_key__isnull=False)
                | (~models.Q(kind="passkey") & models.Q(credential_id="", public_key=None)),
            ),
            models.UniqueConstraint(
                fields=["credential_id"], condition=models.Q(kind="passkey"), name="passkey_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class RecoveryCode(models.Model):
    """One of a set of codes to write down, as a hash; each works once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    authenticator = models.ForeignKey(Authenticator, on_delete=models.CASCADE, related_name="codes")
    hash = models.CharField(max_length=200, editable=False)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authenticator", "hash"], name="recovery_code_stands_once")
        ]

    def __str__(self) -> str:
        return f"recovery code {self.id}"
