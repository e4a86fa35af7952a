"""Passwords (NIST SP 800-63B-4, 3.1.1): verified exactly, for everybody in the same time."""

import uuid

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils import timezone

from accounts.models import Account, Status
from auth_flows.hashers import hashed, is_outdated, verify
from auth_flows.models import Authenticator
from ciam.lib.throttle import Limit

LONGEST = 256
PER_ACCOUNT = Limit("password", most=10, seconds=900)
PER_ADDRESS = Limit("password from an address", most=100, seconds=900)

NOBODY = uuid.UUID(int=0)


def bucket_of(key: str, device: uuid.UUID | None) -> str:
    """The subject of PER_ACCOUNT: strangers share one, each browser that the account knows has its own."""
    return f"{key} {device or ''}".rstrip()


class PasswordField(forms.CharField):
    """Every character counts, spaces and NUL included. No browser cuts it short: longer than LONGEST is
    refused in words."""

    def __init__(self, *, autocomplete: str, **more: object) -> None:
        attributes = {"autocomplete": autocomplete, "autofocus": True}
        widget = forms.PasswordInput(attrs=attributes)
        super().__init__(max_length=LONGEST, strip=False, widget=widget, **more)  # type: ignore[arg-type]
        self.validators = [v for v in self.validators if not isinstance(v, ProhibitNullCharactersValidator)]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


def matches(account: Account | None, password: str) -> bool:
    """Whether it is this account's password. The same questions and the same time whoever is asked for,
    absent people included; a hash of another kind than today's is replaced when it fits."""
    asked = account.pk if account is not None and account.status == Status.ACTIVE else NOBODY
    row = Authenticator.objects.filter(account_id=asked, kind=Authenticator.Kind.PASSWORD).first()
    stored = row.hash if row else ""
    if not verify(password, stored) or row is None:
        return False
    # Only while it is the same: a password changed meanwhile stands.
    now = Authenticator.objects.filter(pk=row.pk, hash=stored)
    newer = {"hash": hashed(password)} if is_outdated(stored) else {}
    now.update(last_used_at=timezone.now(), **newer)
    return True
