from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "ciam.lib"
    label = "ciam_lib"
    verbose_name = "Foundation"
    default_auto_field = "django.db.models.BigAutoField"
