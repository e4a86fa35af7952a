"""Signed-in browsers: in the database alone, one query for session, account and epoch.

Nobody has a session before a sign-in is finished. The cookie holds a secret that is kept as a hash; it
changes at every rise of level.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.access import NOBODY, Assurance
from accounts.models import Account, Brand, Realm, Status
from auth_flows.assurance import Proof, level, proven_at
from auth_flows.models import BrowserSession
from ciam.lib.crypto import new_token, token_hash

SEEN_EVERY = dt.timedelta(minutes=1)


class SessionStore(SessionBase):
    """Django's session, kept in a BrowserSession. Without a signed-in account nothing is kept."""

    row: BrowserSession | None = None

    def load(self) -> dict[str, Any]:
        self.row = self._find()
        if self.row is None:
            self._session_key = None
            return {}
        self._touch(self.row)
        return dict(self.row.data)

    def _find(self) -> BrowserSession | None:
        if not self.session_key:
            return None
        now = timezone.now()
        return (
            BrowserSession.objects.select_related("account", "brand")
            .filter(
                key_hash=token_hash(self.session_key),
                epoch=F("account__session_epoch"),
                account__status=Status.ACTIVE,
                idle_ends_at__gt=now,
                ends_at__gt=now,
            )
            .first()
        )

    def _touch(self, row: BrowserSession) -> None:
        now = timezone.now()
        if now - row.seen_at > SEEN_EVERY:
            BrowserSession.objects.filter(pk=row.pk).update(
                seen_at=now, idle_ends_at=now + _idle(row.account)
            )

    def found(self) -> BrowserSession | None:
        """The row behind the cookie, if it is alive."""
        self._get_session()  # type: ignore[attr-defined]
        return self.row

    def begin(
        self, account: Account, brand: Brand | None, proofs: Sequence[Proof], agent: str
    ) -> BrowserSession:
        """Sign this browser in. Its earlier session, if any, ends: the key is never taken over."""
        self.flush()
        now, key = timezone.now(), new_token()
        self.row = BrowserSession.objects.create(
            key_hash=token_hash(key),
            account=account,
            brand=brand,
            epoch=account.session_epoch,
            proofs=[proof.as_json() for proof in proofs],
            agent=agent[:200],
            seen_at=now,
            idle_ends_at=now + _idle(account),
            ends_at=now + _longest(account),
        )
        self._session_key = key
        self._session_cache: dict[str, Any] = {}
        self.modified = True
        return self.row

    def raise_level(self, proofs: Sequence[Proof]) -> BrowserSession:
        """The same session with more proven, under a new key."""
        row, key = self.row, new_token()
        assert row is not None
        row.proofs = [proof.as_json() for proof in proofs]
        row.key_hash = token_hash(key)
        row.save(update_fields=["proofs", "key_hash"])
        self._session_key = key
        self.modified = True
        return row

    def save(self, must_create: bool = False) -> None:
        if self.found() is not None:
            assert self.row is not None
            BrowserSession.objects.filter(pk=self.row.pk).update(data=self._session_cache)

    def create(self) -> None:
        """Django makes sessions for strangers here; we keep none."""

    def exists(self, session_key: str | None = None) -> bool:
        return False

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            BrowserSession.objects.filter(key_hash=token_hash(key)).delete()
        self.row = None

    def get_expiry_age(self, **kwargs: object) -> int:
        return _seconds(_longest(self.row.account)) if self.row else 0

    def get_expire_at_browser_close(self) -> Literal[False]:
        return False

    @classmethod
    def clear_expired(cls) -> None:
        BrowserSession.objects.filter(ends_at__lt=timezone.now()).delete()


def _seconds(span: dt.timedelta) -> int:
    return int(span.total_seconds())


def _idle(account: Account) -> dt.timedelta:
    operator = account.realm == Realm.OPERATOR
    seconds = settings.OPERATOR_SESSION_IDLE_SECONDS if operator else settings.SESSION_IDLE_SECONDS
    return dt.timedelta(seconds=seconds)


def _longest(account: Account) -> dt.timedelta:
    operator = account.realm == Realm.OPERATOR
    return dt.timedelta(
        seconds=settings.OPERATOR_SESSION_MAX_SECONDS if operator else settings.SESSION_MAX_SECONDS
    )


def live_sessions(account: Account) -> list[BrowserSession]:
    """Where an account is signed in now, the last seen first."""
    now = timezone.now()
    rows = BrowserSession.objects.filter(
        account=account, epoch=account.session_epoch, idle_ends_at__gt=now, ends_at__gt=now
    )
    return list(rows.order_by("-seen_at"))


def session_of(request: HttpRequest) -> BrowserSession | None:
    """The live session behind a request."""
    store = request.session
    assert isinstance(store, SessionStore)
    return store.found()


def proofs_of(session: BrowserSession | None) -> tuple[Proof, ...]:
    return tuple(Proof.from_json(stored) for stored in session.proofs) if session else ()


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's own, with our store (SESSION_ENGINE)."""


class AccountMiddleware(AuthenticationMiddleware):
    """`request.user` and `request.assurance`, both from the one query of the session, when first asked."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _account(request))  # type: ignore[assignment]
        request.assurance = SimpleLazyObject(lambda: _assurance(request))  # type: ignore[attr-defined]


def _account(request: HttpRequest) -> Account | AnonymousUser:
    session = session_of(request)
    return session.account if session else AnonymousUser()


def _assurance(request: HttpRequest) -> Assurance:
    session = session_of(request)
    if session is None:
        return NOBODY
    proofs = proofs_of(session)
    return Assurance(level(proofs), proven_at(proofs), session.brand)
