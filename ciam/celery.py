"""The worker's application. `python -m celery -A ciam.celery worker`."""

import os
from importlib import import_module
from typing import Any

from celery import Celery, bootsteps
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ciam.settings")

app = Celery("ciam")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class OwnClock(bootsteps.StartStopStep):
    """Each worker wakes itself: without beat what waits is found a little later, and nothing else."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        settings = import_module("django.conf").settings
        for task in settings.SWEEPS:
            worker.timer.call_repeatedly(settings.SWEEP_SECONDS, self._hint, (task,))

    def _hint(self, task: str) -> None:
        import_module("ciam.lib.wake").hint(task)


app.steps["worker"].add(OwnClock)


@celeryd_init.connect
def _refuse_to_start(**_: object) -> None:
    import_module("ciam.checks").refuse_to_start()
