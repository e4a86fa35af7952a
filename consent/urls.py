from django.urls import path

from consent import preferences

urlpatterns = [
    path("account/consents/<uuid:version_id>", preferences.answer, name="consent-answer"),
]
