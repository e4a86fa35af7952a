"""Mixpanel's deletions under the GDPR: asked for, and done some days later.

https://docs.mixpanel.com/docs/privacy/end-user-data-management
A deletion knows only the ids that it is told: each of a person's must be among them.
"""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

from ciam.lib.http import LONGEST_ANSWER
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import Answer, Done
from provisioning.connectors.mixpanel_project import Project
from provisioning.connectors.mixpanel_wire import BETWEEN_DELETIONS, Application
from provisioning.connectors.wire import Reply, name_only
from provisioning.models import Outcome

MOST_IDS = 2000
DAILY = 86_400.0
UNDER_WAY = {"PENDING", "STAGING", "STARTED"}
NO_TOKEN = NeedsHuman(
    "Without a GDPR token Mixpanel deletes no events: add one to the connector's secret, then send again."
)

Asked = str | TryLater | NeedsHuman
"""Mixpanel's number of a deletion, or why there is none."""


def ask(
    application: Application, project: Project, ids: Mapping[uuid.UUID, Sequence[str]]
) -> dict[uuid.UUID, Asked]:
    """`ids` by link id; one request, for as many as it can have. Raises nothing: what else there is to say of
    these people must not be held up."""
    if not ids:
        return {}
    if not project.gdpr_token:
        return dict.fromkeys(ids, NO_TOKEN)
    first: dict[uuid.UUID, Sequence[str]] = {}
    room = MOST_IDS
    for key, theirs in ids.items():
        room -= len(theirs)
        if room >= 0:
            first[key] = theirs
    answers: dict[uuid.UUID, Asked] = dict.fromkeys(
        ids, TryLater("Mixpanel takes one deletion a second.", BETWEEN_DELETIONS)
    )
    return answers | dict.fromkeys(
        first, _ask(application, [one for theirs in first.values() for one in theirs])
    )


def _ask(application: Application, ids: Sequence[str]) -> Asked:
    body = {"distinct_ids": ids, "compliance_type": "GDPR"}
    try:
        reply = application.deletion("POST", body=body)
    except (TryLater, NeedsHuman) as failure:
        return failure
    if reply.is_refused:
        return NeedsHuman(f"Mixpanel refused a deletion ({reply.status}): see the project token.")
    return _task(reply) or application.unreadable()


def _task(reply: Reply) -> str:
    """Its documentation shows both shapes."""
    listed = reply.body.many("results")
    return reply.body.inner("results").text("task_id") or (listed[0].text("tracking_id") if listed else "")


def look(
    application: Application, project: Project, tasks: Mapping[uuid.UUID, str], deadline: float
) -> Iterator[tuple[uuid.UUID, Answer]]:
    """One request for each task, which may be of many people; one a second, as long as there is time."""
    if not project.gdpr_token:
        yield from dict.fromkeys(tasks, NO_TOKEN).items()
        return
    answers: dict[str, Answer] = {}
    for key, task in tasks.items():
        if task not in answers and answers:
            time.sleep(BETWEEN_DELETIONS)
        if task not in answers and time.monotonic() > deadline - LONGEST_ANSWER:
            answers[task] = TryLater("Mixpanel is asked for one deletion a second.", DAILY)
        if task not in answers:
            answers[task] = _look(application, task)
        yield key, answers[task]


def _look(application: Application, task: str) -> Answer:
    reply = application.deletion("GET", task)
    status = name_only(reply.body.inner("results").text("status"))
    if status == "SUCCESS":
        return Done("", frozenset(), Outcome.ERASED, task=task)
    if status in UNDER_WAY:
        return TryLater(f"Mixpanel is deleting ({status}).", DAILY)
    return NeedsHuman(
        f"Mixpanel's deletion {name_only(task)} failed ({status or reply.status}): send it again."
    )
