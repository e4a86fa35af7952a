from django.urls import path

from consent import confirmation_pages, preferences

urlpatterns = [
    path("account/consents/<uuid:version_id>", preferences.answer, name="consent-answer"),
    path("preferences/confirm/<str:token>/", confirmation_pages.page, name="consent-confirm"),
]
