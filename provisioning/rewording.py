"""A purpose that changes for everybody at once: nobody answered anything, so no link was woken."""

from collections.abc import Sequence

from django.db.models import Q

from accounts.events import Actor, EventType
from accounts.models import Event
from consent.models import LawfulBasis, Purpose
from provisioning import runs
from provisioning.models import Connector, RunKind


def on_events(events: Sequence[Event]) -> None:
    """A listener of `accounts.events`: whom such a purpose let something know is gone through anew."""
    for event in events:
        if event.type == EventType.PURPOSE_CHANGED and (purpose := _concerned(event)):
            of_it = Q(purpose=purpose) | Q(releases__purpose=purpose)
            targets = Connector.objects.filter(of_it, keeps_state=True, is_active=True)
            for connector in targets.defer("secret").distinct().order_by("pk"):
                actor = Actor(event.actor_kind, event.actor_id)
                runs.start(RunKind.RESYNC, connector, actor, event.at, afresh=True)


def _concerned(event: Event) -> Purpose | None:
    """Under a consent a new wording changes nothing until people answer. Another basis counts for all, and
    so does the newest wording of what needs no consent."""
    key = next(name.removeprefix("purpose.") for name in event.fields if name.startswith("purpose."))
    purpose = Purpose.objects.get(brand=event.brand_id, key=key)
    by_answers = purpose.lawful_basis == LawfulBasis.CONSENT and "lawful_basis" not in event.fields
    return None if by_answers else purpose
