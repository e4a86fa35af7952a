"""Who has somebody's data: what the customer sees of the links, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.attributes import ATTRIBUTES
from accounts.models import Account
from accounts.overview import Panel
from provisioning.mapping import EMAIL
from provisioning.models import Link, Outcome


@dataclass(frozen=True)
class Holder:
    """A system that has, or had, something of a person. `fields` are attributes by the names people know."""

    system: str
    state: str
    fields: tuple[str, ...]
    since: datetime | None
    last_update: datetime | None


def who_has_my_data(request: HttpRequest, account: Account) -> Panel:
    rows = [holder(link) for link in links_of_account(account) if _was_told(link)]
    return Panel("provisioning/panels/who_has_my_data.html", gettext_lazy("Who has my data"), rows)


def links_of_account(account: Account) -> Iterable[Link]:
    return (
        Link.objects.filter(account_id=account.pk)
        .select_related("connector__brand")
        .defer("connector__secret")
        .order_by("connector__name", "pk")
    )


def _was_told(link: Link) -> bool:
    return bool(link.held or link.remote_id)


def holder(link: Link) -> Holder:
    return Holder(
        system=f"{link.connector.name} ({link.connector.brand.name})",
        state=_state(link),
        fields=tuple(str(label(name)) for name in (EMAIL, *ATTRIBUTES) if name in link.held),
        since=link.held_since,
        last_update=link.sent_at,
    )


def _state(link: Link) -> str:
    if link.needs_human or (link.is_behind and link.connector.needs_human):
        return _("Update failed, we look into it")
    if link.is_behind:
        return _("Update on its way")
    if link.outcome == Outcome.SUPPRESSED:
        return _("Not used; kept only so that you are not contacted")
    if link.outcome == Outcome.ERASED:
        return _("Erased")
    return _("Up to date")


def label(attribute: str) -> str | Promise:
    """What people call an attribute."""
    return _("E-mail address") if attribute == EMAIL else ATTRIBUTES[attribute].label
