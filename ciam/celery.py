"""The worker's application. `python -m celery -A ciam.celery worker`."""

import os
from importlib import import_module

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ciam.settings")

app = Celery("ciam")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def _refuse_to_start(**_: object) -> None:
    import_module("ciam.checks").refuse_to_start()
