from django.urls import path

from consent import (
    confirmation_pages,
    gpc,
    preference_asking,
    preference_pages,
    preferences,
    receipt_pages,
    unsubscribing,
)

urlpatterns = [
    path("account/consents/<uuid:version_id>", preferences.answer, name="consent-answer"),
    path("account/consents/stop", preferences.stop, name="consent-stop"),
    path("account/receipts/", receipt_pages.history, name="consent-receipts"),
    path("account/receipts/<uuid:record_id>/", receipt_pages.plain, name="consent-receipt"),
    path("account/receipts/<uuid:record_id>.jws", receipt_pages.as_jws, name="consent-receipt-jws"),
    path("preferences/confirm/<str:token>/", confirmation_pages.page, name="consent-confirm"),
    path("preferences/", preference_asking.page, name="preferences-ask"),
    path("preferences/<str:token>/", preference_pages.page, name="preferences"),
    path("preferences/<str:token>/unsubscribe/", unsubscribing.page, name="unsubscribe"),
    path(".well-known/gpc.json", gpc.support, name="gpc-support"),
    path(".well-known/consent-receipt-keys.json", receipt_pages.keys, name="consent-receipt-keys"),
]
