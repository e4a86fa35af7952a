"""Apps. What an app may be registered with is decided here, so that no door can store an unsafe one."""

import re
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from accounts.models import Brand
from auth_flows.models.addresses import reasons_against
from ciam.lib.ids import uuid7
from ciam.lib.kept import Kept

ASCII = re.compile(r"[\x21-\x7e]+")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class ApplicationType(models.TextChoices):
    """OpenID Connect Dynamic Client Registration 1.0, section 2."""

    WEB = "web", "web: on a server or in a page"
    NATIVE = "native", "native: installed on somebody's device"


GRANTS = (
    (AbstractApplication.GRANT_AUTHORIZATION_CODE, _("Signs customers in (authorization code)")),
    (AbstractApplication.GRANT_CLIENT_CREDENTIALS, _("Acts for itself (client credentials)")),
)
ALGORITHMS = (("", _("Nothing said: RS256")), ("RS256", "RS256"), ("ES256", "ES256"))


class ClientManager(models.Manager["Client"]):
    def by_client_id(self, client_id: str) -> "Client | None":
        """A client with its brand, as it was seconds ago at most. Requests share it: don't change it."""
        if len(client_id) > 255 or not ASCII.fullmatch(client_id):
            return None
        return _known.get(client_id, lambda: self.select_related("brand").filter(client_id=client_id).first())


class Client(AbstractApplication):
    """An app of a brand (a client in OAuth's words)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="clients")
    application_type = models.CharField(max_length=10, choices=ApplicationType, default=ApplicationType.WEB)
    authorization_grant_type = models.CharField(
        max_length=44, choices=GRANTS, default=AbstractApplication.GRANT_AUTHORIZATION_CODE
    )
    # A salted fast hash (auth_flows.oidc.clients): the secret is 256 random bits, never chosen by anybody.
    client_secret = models.CharField(max_length=120, blank=True, default="", editable=False)
    hash_client_secret = None  # type: ignore[assignment]
    algorithm = models.CharField(
        max_length=5, choices=ALGORITHMS, default="", blank=True, help_text="Of its ID tokens."
    )
    first_party = models.BooleanField(default=False, help_text="The brand's own: no consent page per scope.")
    least_level = models.PositiveSmallIntegerField(
        default=1,
        choices=[(1, "1: any proof"), (2, "2: a second factor"), (3, "3: a passkey, which can't be phished")],
    )
    require_pkce = models.BooleanField(
        default=True, help_text="Only an old confidential app may go without; a public one never does."
    )
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    is_active = models.BooleanField(default=True)

    objects = ClientManager()

    class Meta(AbstractApplication.Meta):
        abstract = False
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        constraints = [
            models.CheckConstraint(
                name="public_clients_have_no_secret",
                condition=models.Q(client_type="confidential") | models.Q(client_secret=""),
            ),
            models.CheckConstraint(
                name="who_acts_for_itself_is_confidential",
                condition=models.Q(client_type="confidential")
                | ~models.Q(authorization_grant_type="client-credentials"),
            ),
            models.CheckConstraint(
                name="id_tokens_are_signed_by_a_key_pair",
                condition=models.Q(algorithm__in=["", "RS256", "ES256"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        forget_cached()

    def clean(self) -> None:
        """What an app may not be registered with; each reason at its field."""
        errors: dict[str, list[str]] = {}
        for field in ("redirect_uris", "post_logout_redirect_uris"):
            for uri in getattr(self, field).split():
                if why := self.why_unsafe(uri):
                    errors.setdefault(field, []).append(f"{uri}: {why}")
        if self.signs_people_in and not self.redirect_uris.split():
            errors.setdefault("redirect_uris", []).append(str(_("An app that signs customers in needs one.")))
        if not all(SCOPE.fullmatch(scope) for scope in self.scopes):
            errors["scopes"] = [str(_("A scope has no spaces, quotes or backslashes."))]
        if errors:
            raise ValidationError(errors)

    def why_unsafe(self, uri: str) -> str | None:
        """Why browsers may not be sent to this address for this app; None: they may."""
        return next(reasons_against(uri, native=self.is_native), None)

    def is_usable(self, request: object) -> bool:
        return self.is_active

    @property
    def is_native(self) -> bool:
        return bool(self.application_type == ApplicationType.NATIVE)

    @property
    def is_public(self) -> bool:
        return bool(self.client_type == self.CLIENT_PUBLIC)

    @property
    def signs_people_in(self) -> bool:
        return bool(self.authorization_grant_type == self.GRANT_AUTHORIZATION_CODE)

    @property
    def grant_types(self) -> frozenset[str]:
        """As the token endpoint names them."""
        names = ("authorization_code", "refresh_token") if self.signs_people_in else ("client_credentials",)
        return frozenset(names)


_known: Kept[str, Client] = Kept(seconds=5, most=1_000)


def forget_cached() -> None:
    _known.forget()
