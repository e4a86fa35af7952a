"""Who is behind a request, and how well that was proven.

A page asks `customer(request)` and gets the account, or raises StepUpNeeded, which a middleware of the
sign-in turns into a walk through the hosted pages and back.
"""

import datetime as dt
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Account, Brand, Realm


@dataclass(frozen=True)
class Assurance:
    """What the request's session has proven. Level 0 is nobody."""

    level: int
    proven_at: dt.datetime | None = None
    brand: Brand | None = None


NOBODY = Assurance(0)

SCIM = "scim"
"""The OAuth scope with which an app that acts for itself writes customers by SCIM."""
SCIM_ME = "scim:me"
"""And the one with which a person's app reads and changes that person alone (RFC 7644, 3.11)."""


@dataclass(frozen=True)
class Bearer:
    """Who holds a valid access token. What a door's authentication class returns beside no user.

    It stands here because whoever checks tokens and whoever opens a door know nothing of each other.
    """

    client_id: str
    brand_id: uuid.UUID
    """Of the app."""
    scopes: frozenset[str]
    account_id: uuid.UUID | None = None
    """The person for whom the app acts; None: it acts for itself."""


LONGEST_PATH = 500


def safe_path(asked: str) -> str:
    """A path of ours to come back to, or nothing: no other host, no control characters, no way around."""
    parts = asked.partition("?")[0].split("/")
    odd = any(unicodedata.category(char) == "Cc" for char in asked) or ".." in parts
    is_path = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_path and not odd and len(asked) <= LONGEST_PATH else ""


class StepUpNeeded(Exception):
    """The request's session has not proven enough. `return_to` is a path of ours to come back to."""

    def __init__(
        self, return_to: str, *, level: int = 1, within: int | None = None, realm: str = Realm.CUSTOMER
    ) -> None:
        super().__init__("More proof is needed.")
        self.return_to = safe_path(return_to)
        self.level = level
        self.within = within
        self.realm = realm


class PermissionsOnly(ModelBackend):
    """Django's permissions, without any way of signing in: proving is the sign-in journey's alone."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:  # type: ignore[override]
        return None

    def get_user(self, user_id: Any) -> Account | None:
        return Account.objects.filter(pk=user_id, status="active").first()


def assurance_of(request: HttpRequest) -> Assurance:
    found: Assurance = getattr(request, "assurance", NOBODY)
    return found


def customer(
    request: HttpRequest, *, level: int = 1, within: int | None = None, return_to: str | None = None
) -> Account:
    """The signed-in customer; raises StepUpNeeded.

    `within` is the greatest age of the proof in seconds. `return_to` is where a form's page is: a form
    that was sent is not replayed after a sign-in.
    """
    here = safe_path(request.get_full_path()) or request.path
    back = return_to or (here if request.method == "GET" else "/account/")
    user, proven = request.user, assurance_of(request)
    too_old = within is not None and (
        proven.proven_at is None or (timezone.now() - proven.proven_at).total_seconds() > within
    )
    if not isinstance(user, Account) or user.realm != Realm.CUSTOMER or proven.level < level or too_old:
        raise StepUpNeeded(back, level=level, within=within)
    return user
