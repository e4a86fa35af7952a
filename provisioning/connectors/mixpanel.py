"""Mixpanel: profiles of those who may be known, and what happened, joined with the visits before.

https://developers.mixpanel.com/reference/overview
Mixpanel knows nothing of consents: of whoever withdraws it is sent no more, and their profile is deleted.
People are known there by the membership's id, never by an address: an id can't be changed there.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors import mixpanel_deletions as deletions
from provisioning.connectors import mixpanel_events as events
from provisioning.connectors.base import Answer, Message, Push, Setting
from provisioning.connectors.mixpanel_people import People
from provisioning.connectors.mixpanel_project import SETTINGS, Project, project_of
from provisioning.connectors.mixpanel_wire import MOST_ROWS, PROFILES_A_QUERY, Application, Ingestion
from provisioning.connectors.wire import Fields
from provisioning.mapping import EMAIL, mapping_of
from provisioning.models import Connector

NOBODY = "nobody-only-to-see-whether-we-may-ask"


class Mixpanel:
    kind: ClassVar[str] = "mixpanel"
    title: ClassVar[str] = "Mixpanel"
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    default_mapping: ClassVar[Mapping[str, str]] = {
        EMAIL: "$email",
        "given_name": "$first_name",
        "family_name": "$last_name",
        "country": "Country",
        "locale": "Language",
        "interests": "Interests",
        "source": "Where we met",
        "visitor_id": "Visit",
    }
    batch_size: ClassVar[int] = MOST_ROWS
    event_types: ClassVar[tuple[str, ...]] = tuple(events.NAMES)
    event_batch_size: ClassVar[int] = MOST_ROWS
    read_back_fields: ClassVar[Mapping[str, str]] = {
        "$city": "city",
        "$country_code": "country",
        "$last_seen": "last_seen",
    }
    read_back_size: ClassVar[int] = PROFILES_A_QUERY
    read_back_every: ClassVar[dt.timedelta] = dt.timedelta(days=1)
    # Forty of the sixty queries that an hour has: the drift check asks too.
    read_back_pause: ClassVar[dt.timedelta] = dt.timedelta(seconds=90)
    cannot_undo: ClassVar[Promise] = _(
        "Mixpanel can't part again what it has joined: your earlier visits stay one with what you did as our "
        "customer. What can be done is to delete them, and we have asked for that."
    )

    def check(self, connector: Connector, deadline: float) -> str:
        project = project_of(connector)
        with Application(project, deadline) as asked:
            if not asked.accepts_token():
                raise NeedsHuman("Mixpanel does not know the project token in this region: correct both.")
            asked.profiles([NOBODY], ["$last_seen"])
        until = project.gdpr_token_until
        if not project.gdpr_token:
            gdpr = "There is no GDPR token: events can't be deleted."
        else:
            gdpr = (
                f"The GDPR token is good until {until}."
                if until
                else "Nobody noted until when the GDPR token is good."
            )
        return f"Mixpanel accepts the project token and the service account. {gdpr}"

    def prepare(self, connector: Connector, deadline: float) -> None:
        """Mixpanel makes properties and events as they come."""
        project_of(connector)

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with self._people(connector, deadline) as people:
            yield from people.push(pushes)

    def held_there(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        with self._people(connector, deadline) as people:
            yield from people.held_there(pushes)

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        project = project_of(connector)
        with Ingestion(project, deadline) as told:
            yield from events.deliver(told, project, messages)

    def erased(
        self, connector: Connector, tasks: Mapping[uuid.UUID, str], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        project = project_of(connector)
        with Application(project, deadline) as asked:
            yield from deletions.look(asked, project, tasks, deadline)

    def read_back(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, object]]]:
        with Application(project_of(connector), deadline) as asked:
            found = asked.profiles([str(push.member_id) for push in pushes], self.read_back_fields)
        for push in pushes:
            profile = found.get(str(push.member_id), Fields(None)).tree
            named = self.read_back_fields.items()
            yield push.link_id, {name: profile[field] for field, name in named if field in profile}

    @contextmanager
    def _people(self, connector: Connector, deadline: float) -> Iterator[People]:
        project, mapping = project_of(connector), mapping_of(connector, self.default_mapping)
        with Ingestion(project, deadline) as told, Application(project, deadline) as asked:
            yield People(told, asked, project, mapping)


def _about_deletions(project: Project) -> str:
    if not project.gdpr_token:
        return "There is no GDPR token: events can't be deleted."
    return f"The GDPR token is good until {project.gdpr_token_until or 'nobody noted when'}."
