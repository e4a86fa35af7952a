"""The site as a Django app: the one place where all apps meet."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class OperatorsAdminConfig(AdminConfig):
    default_site = "ciam.admin.OperatorsSite"


class SiteConfig(AppConfig):
    name = "ciam"
    verbose_name = "Site"

    def ready(self) -> None:
        # Apps are loaded only now; importing these earlier would load their models too early.
        from ciam import celery, checks, wiring  # noqa: F401
