"""Whose an identity is, and how it begins and ceases to be somebody's. By issuer and subject, never by an
address."""

import datetime as dt
from collections.abc import Collection

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, Identifier, IdentifierKind, Realm, Source
from accounts.profiles import Said, say, take_back
from auth_flows.byoid.identity import Identity
from auth_flows.models import Authenticator, LinkedIdentity, Provider

SIGNS_IN = {Authenticator.Kind.PASSWORD, Authenticator.Kind.PASSKEY}
"""Authenticators that are enough to begin a sign-in with."""


def owner_of(identity: Identity) -> LinkedIdentity | None:
    rows = LinkedIdentity.objects.select_related("account", "provider")
    return rows.filter(issuer=identity.issuer, subject=identity.subject).first()


def used(link: LinkedIdentity, identity: Identity, now: dt.datetime) -> None:
    """What the person is called there may have changed; who it is has not."""
    LinkedIdentity.objects.filter(pk=link.pk).update(last_used_at=now, label=identity.label or link.label)


def link(account: Account, identity: Identity, now: dt.datetime, *, without: Collection[str] = ()) -> bool:
    """From now on this identity proves the account; says whether it does. In the caller's transaction, with
    the account locked.

    `without` are attributes that the person has just cleared: nobody says them anew.
    """
    assert account.realm == Realm.CUSTOMER, "operators bring no identities"
    provider = Provider.objects.filter(pk=identity.provider_id).first()
    if provider is None:
        return False
    row, is_new = LinkedIdentity.objects.get_or_create(
        issuer=identity.issuer,
        subject=identity.subject,
        defaults={
            "account": account,
            "provider": provider,
            "label": identity.label,
            "last_used_at": now,
        },
    )
    if not is_new:
        return bool(row.account_id == account.pk)
    actor = Actor("customer", str(account.pk))
    values = {name: value for name, value in identity.values.items() if name not in without}
    changed = say(account, values, Said(Source.PROVIDER, str(provider.pk), now))
    changes = [Change(EventType.IDENTITY_LINKED, account.pk, actor, None, (provider.slug,))]
    if changed:
        changes.append(Change(EventType.PROFILE_CHANGED, account.pk, actor, None, changed))
    events.record(changes, now)
    return True


def unlink(row: LinkedIdentity, actor: Actor, now: dt.datetime, *, forgets: bool = False) -> None:
    """In the caller's transaction, with the account locked. `forgets`: also what the provider told us."""
    account_id, provider_id = row.account_id, str(row.provider_id)
    changes = [Change(EventType.IDENTITY_UNLINKED, account_id, actor, None, (row.provider.slug,))]
    row.delete()
    if forgets:
        account = Account.objects.get(pk=account_id)
        names = tuple(
            account.profile_values.filter(source=Source.PROVIDER, said_by=provider_id).values_list(
                "attribute", flat=True
            )
        )
        take_back(account_id, names, Said(Source.PROVIDER, provider_id, now))
        if names:
            changes.append(Change(EventType.PROFILE_CHANGED, account_id, actor, None, names))
    events.record(changes, now)


def is_last_way(row: LinkedIdentity) -> bool:
    """Whether nothing else lets this person in: no proven address for a code, no authenticator to begin with,
    no other identity that works now."""
    theirs = {"account": row.account_id}
    mail = Identifier.objects.filter(
        scope="", kind=IdentifierKind.EMAIL, retired_at=None, verified_at__isnull=False, **theirs
    )
    held = Authenticator.objects.filter(kind__in=SIGNS_IN, confirmed_at__isnull=False, **theirs)
    others = LinkedIdentity.objects.filter(provider__is_active=True, **theirs).exclude(pk=row.pk)
    return not (mail.exists() or held.exists() or others.exists())


def proves(account: Account, providers: Collection[Provider]) -> bool:
    """Whether the account can be proven by one of these providers."""
    return LinkedIdentity.objects.filter(account=account, provider__in=[one.pk for one in providers]).exists()
