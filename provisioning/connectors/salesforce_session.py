"""The access token of a connector, shared by all workers, renewed by one of them.

By client credentials, which is the grant for servers: nobody's password, no refresh token to lose.
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm

The token is kept encrypted (`ciam.lib.crypto`) in the connector's row, under `session` in its settings. There
every process of every machine finds it with the connector itself, without a query; Redis may be lost or
frozen and need not be asked; a token that each process had for itself would cost a call for each. It is
marked with a hash of the credentials that it was got with, so that other ones get another. Losing it costs
one call.

Renewing holds an advisory lock: of many workers whose token was refused at once, one asks, and the others
find what it got. (Salesforce answers two at once with an error.)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import OperationalError, connection, transaction

from ciam.lib.crypto import Unreadable, decrypt, encrypt, keyed_hash
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.salesforce_wire import SalesforceWire
from provisioning.connectors.wire import Fields, name_only
from provisioning.models import Connector

SETTING = "session"
GRANT = "/services/oauth2/token"
# Salesforce's own hosts: no other is ever sent a token, whatever an answer says.
HOMES = (".salesforce.com", ".force.com")
GENERAL = ("://login.salesforce.com", "://test.salesforce.com")
BUSY_FOR = 2.0
BUSY = ("already being processed", "expired authorization code")
KEEP = "UPDATE {table} SET settings = settings || %s::jsonb WHERE id = %s"


@dataclass(frozen=True)
class Session:
    token: str
    instance_url: str
    """Where all further calls go."""


@dataclass(frozen=True)
class Login:
    """Where and as whom a connector gets its tokens."""

    url: str
    key: str
    secret: str

    @property
    def mark(self) -> str:
        return keyed_hash("salesforce login", f"{self.url} {self.key} {self.secret}")


def login_of(connector: Connector) -> Login:
    """Raises NeedsHuman where the connector's address or secret can't be one."""
    key, _colon, secret = (connector.secret or "").strip().partition(":")
    if not key or not secret or not f"{key}{secret}".isascii():
        raise NeedsHuman(
            "The connector has no credentials: enter consumer key and consumer secret as key:secret."
        )
    url = str(connector.settings.get("login_url", "")).rstrip("/")
    if any(general in url for general in GENERAL):
        raise NeedsHuman("login_url must be the address of My Domain: the general one gives no such tokens.")
    return Login(url, key, secret)


def session_of(connector: Connector, deadline: float, refused: str = "") -> Session:
    """The session that all workers share, or a new one if there is none but the one with the token `refused`.

    Raises TryLater and NeedsHuman for what concerns the whole target.
    """
    login = login_of(connector)
    kept = _kept(connector.settings, login)
    if kept and kept.token != refused:
        return kept
    try:
        with transaction.atomic():
            return _renewed(connector, login, deadline, refused)
    except OperationalError as error:
        raise TryLater("Another worker is still waiting for a token of Salesforce.", BUSY_FOR) from error


def _renewed(connector: Connector, login: Login, deadline: float, refused: str) -> Session:
    """In a transaction, which holds the lock and no row while we ask."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"salesforce {connector.pk}"])
        rows = Connector.objects.filter(pk=connector.pk).values_list("settings", flat=True)
        box = {SETTING: (rows.first() or {}).get(SETTING)}
        kept = _kept(box, login)
        if kept is None or kept.token == refused:
            kept = _asked(login, deadline)
            box = {SETTING: encrypt(json.dumps([login.mark, kept.token, kept.instance_url])).decode()}
            # Only this one setting: an operator may be changing the others.
            cursor.execute(KEEP.format(table=Connector._meta.db_table), [json.dumps(box), connector.pk])
    connector.settings = {**connector.settings, **box}
    return kept


def _kept(settings: Mapping[str, object], login: Login) -> Session | None:
    try:
        mark, token, instance_url = json.loads(decrypt(str(settings[SETTING]).encode()))
    except (KeyError, ValueError, TypeError, Unreadable):
        return None
    return Session(token, instance_url) if mark == login.mark else None


def _asked(login: Login, deadline: float) -> Session:
    form = {"grant_type": "client_credentials", "client_id": login.key, "client_secret": login.secret}
    with SalesforceWire("Salesforce", login.url, deadline) as wire:
        reply = wire.judged(wire.send("POST", GRANT, form=form))
        if reply.is_refused:
            raise _refusal(reply.body)
        session = Session(reply.body.text("access_token"), reply.body.text("instance_url").rstrip("/"))
        if not session.token or not session.token.isascii() or not session.instance_url:
            raise wire.unreadable()
    if not is_ours(session.instance_url, login.url):
        raise NeedsHuman(
            "Salesforce named an address that is not Salesforce's: see the connector's login_url."
        )
    return session


def _refusal(body: Fields) -> TryLater | NeedsHuman:
    if any(words in body.text("error_description") for words in BUSY):
        return TryLater("Salesforce is just making another token.", BUSY_FOR)
    why = name_only(body.text("error")) or "no reason given"
    return NeedsHuman(
        f"Salesforce gives no token ({why}): see consumer key and secret, login_url, and that the app there "
        "allows the client credentials flow and names a run-as user."
    )


def is_ours(instance_url: str, login_url: str) -> bool:
    """Whether a token may go there: where it came from, or to one of Salesforce's own hosts, by https."""
    try:
        there, here = urlsplit(instance_url), urlsplit(login_url)
        same = (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
    except ValueError:
        return False
    if there.username or there.password or there.query or there.fragment:
        return False
    own = there.scheme == "https" and there.port in {None, 443} and (there.hostname or "").endswith(HOMES)
    return same or own
