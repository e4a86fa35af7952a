"""Who has somebody's data: what the customer sees of links and deliveries, in words."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, F, Func, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.attributes import ATTRIBUTES
from accounts.models import Account
from accounts.overview import Panel
from consent.models import PurposeVersion
from provisioning.connectors import KINDS
from provisioning.connectors.base import CannotUndo
from provisioning.labels import label
from provisioning.mapping import EMAIL
from provisioning.models import Connector, Delivery, DeliveryState, Link, Outcome


@dataclass(frozen=True)
class Use:
    """For which purpose, by its title, a system holds what. Without one: only so as not to forget a no."""

    purpose: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Holder:
    """A system that has, or had, something of a person. Fields are attributes by the names people know."""

    system: str
    state: str
    uses: tuple[Use, ...] = ()
    since: datetime | None = None
    last_update: datetime | None = None
    remark: str | Promise = ""
    told_of: tuple[str, ...] = ()
    """Of changes to these it was told, as far as they are attributes."""
    last_told: datetime | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(field for use in self.uses for field in use.fields)


@dataclass(frozen=True)
class Telling:
    """What became of a person's events at one target that takes events."""

    connector: Connector
    waiting: int
    stuck: int
    last_told: datetime | None
    attributes: frozenset[str]


Titles = Mapping[tuple[uuid.UUID, str], str]
"""(brand id, purpose key) -> title."""


def who_has_my_data(request: HttpRequest, account: Account) -> Panel:
    links = [link for link in links_of_account(account) if link.held or link.remote_id]
    titles = _titles(links)
    told = {telling.connector.pk: telling for telling in tellings(account)}
    rows = [holder(link, titles, told.pop(link.connector_id, None)) for link in links]
    rows += [_listener(telling) for telling in told.values() if telling.last_told or telling.waiting]
    return Panel("provisioning/panels/who_has_my_data.html", gettext_lazy("Who has my data"), rows)


def links_of_account(account: Account) -> Iterable[Link]:
    return (
        Link.objects.filter(account_id=account.pk)
        .select_related("connector__brand")
        .defer("connector__secret")
        .order_by("connector__name", "pk")
    )


def tellings(account: Account) -> list[Telling]:
    """Three queries; one where no target was ever told anything."""
    deliveries = Delivery.objects.filter(account_id=account.pk)
    waits = Q(state=DeliveryState.WAITING)
    counted = {
        row["connector_id"]: row
        for row in deliveries.values("connector_id").annotate(
            last_told=Max("settled_at", filter=Q(state=DeliveryState.SENT)),
            waiting=Count("pk", filter=waits & Q(needs_human="")),
            stuck=Count("pk", filter=waits & ~Q(needs_human="")),
        )
    }
    if not counted:
        return []
    named = _attributes_told(deliveries)
    connectors = Connector.objects.filter(pk__in=counted).select_related("brand").defer("secret")
    return [
        Telling(
            one,
            counted[one.pk]["waiting"],
            counted[one.pk]["stuck"],
            counted[one.pk]["last_told"],
            frozenset(named[one.pk]),
        )
        for one in connectors.order_by("name", "pk")
    ]


def _attributes_told(deliveries: QuerySet[Delivery]) -> Mapping[uuid.UUID, set[str]]:
    name = Func(F("fields"), function="jsonb_array_elements_text", output_field=CharField())
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    sent = deliveries.filter(state=DeliveryState.SENT).annotate(name=name)
    for connector, attribute in sent.values_list("connector_id", "name").distinct():
        found[connector].add(attribute)
    return found


def _titles(links: Sequence[Link]) -> Titles:
    """What the purposes are called by which something is held: one query, none where nothing is."""
    keys = {key for link in links for key in link.held_for.values()}
    if not keys:
        return {}
    brands = {link.connector.brand_id for link in links}
    versions = PurposeVersion.objects.filter(purpose__brand__in=brands, purpose__key__in=keys)
    latest = versions.order_by("purpose_id", "-number").distinct("purpose_id")
    locale = get_language() or "en"
    return {
        (version.purpose.brand_id, version.purpose.key): version.wording(locale)[1]
        for version in latest.select_related("purpose__brand")
    }


def holder(link: Link, titles: Titles, telling: Telling | None = None) -> Holder:
    fields: dict[str, list[str]] = defaultdict(list)
    for name in in_order(link.held):
        key = link.held_for.get(name, "")
        fields[titles.get((link.connector.brand_id, key), key)].append(str(label(name)))
    return Holder(
        system=_system(link.connector),
        state=_state(link) if link.connector.keeps_state or telling is None else _state_of_events(telling),
        uses=tuple(Use(purpose, tuple(names)) for purpose, names in fields.items()),
        since=link.held_since,
        last_update=link.sent_at,
        remark=_remark(link),
        told_of=_labels(telling.attributes) if telling else (),
        last_told=telling.last_told if telling else None,
    )


def _remark(link: Link) -> str | Promise:
    """What a target keeps although nothing may be used any more."""
    kind = KINDS.get(link.connector.kind)
    has_let_go = link.outcome == Outcome.NOTHING and bool(link.remote_id)
    return kind.cannot_undo if has_let_go and isinstance(kind, CannotUndo) else ""


def _listener(telling: Telling) -> Holder:
    return Holder(
        system=_system(telling.connector),
        state=_state_of_events(telling),
        told_of=_labels(telling.attributes),
        last_told=telling.last_told,
    )


def _state_of_events(telling: Telling) -> str:
    if telling.stuck:
        return _("Update failed, we look into it")
    return _("Update on its way") if telling.waiting else _("Up to date")


def in_order(attributes: Iterable[str]) -> list[str]:
    """Those that this version of the program knows in the order of the profile, then the others."""
    known = [EMAIL, *ATTRIBUTES]
    return sorted(attributes, key=lambda name: (known.index(name) if name in known else len(known), name))


def _labels(attributes: Iterable[str]) -> tuple[str, ...]:
    """Events also name what is no attribute, such as an answer to a purpose."""
    return tuple(str(label(name)) for name in in_order(attributes) if name == EMAIL or name in ATTRIBUTES)


def _system(connector: Connector) -> str:
    return f"{connector.name} ({connector.brand.name})"


def _state(link: Link) -> str:
    # One that only takes events is behind with deliveries, not with its link.
    is_behind = link.is_behind and link.connector.keeps_state
    if link.needs_human or (is_behind and link.connector.needs_human):
        return _("Update failed, we look into it")
    if is_behind:
        return _("Update on its way")
    if link.outcome == Outcome.SUPPRESSED:
        return _("Not used; kept only so that you are not contacted")
    if link.outcome == Outcome.ERASING:
        return _("Asked to erase it; not confirmed yet")
    if link.outcome == Outcome.ERASED:
        return _("Erased")
    return _("Up to date")
