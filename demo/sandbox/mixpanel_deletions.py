"""Mixpanel's data deletions: asked for once, done some days later; each look at one is a day here."""

from dataclasses import dataclass, field
from uuid import uuid4

from demo.sandbox.mixpanel_errors import MixpanelError
from demo.sandbox.mixpanel_project import Project
from demo.sandbox.shapes import JsonObject

STAGES = ("PENDING", "STARTED", "SUCCESS")
CANCELLABLE = {"PENDING", "STAGING"}


@dataclass
class Deletion:
    project: Project
    ids: list[str]
    looks: int = 0
    revoked: bool = False

    @property
    def status(self) -> str:
        return "REVOKED" if self.revoked else STAGES[min(self.looks, len(STAGES) - 1)]


@dataclass
class Deletions:
    tasks: dict[str, Deletion] = field(default_factory=dict)

    def ask(self, project: Project, ids: list[str]) -> str:
        key = str(uuid4())
        self.tasks[key] = Deletion(project, ids)
        return key

    def look(self, key: str) -> JsonObject:
        deletion = self.tasks.get(key)
        if deletion is None:
            return {"status": "ok", "results": {"status": "NOT_FOUND"}}
        status = deletion.status
        if status == "SUCCESS":
            deletion.project.forget(deletion.ids)
        deletion.looks += 1
        return {"status": "ok", "results": {"status": status, "distinct_ids": [*deletion.ids]}}

    def cancel(self, key: str) -> None:
        deletion = self.tasks.get(key)
        if deletion is None or deletion.status not in CANCELLABLE:
            raise MixpanelError(400, "The deletion can't be cancelled.")
        deletion.revoked = True
