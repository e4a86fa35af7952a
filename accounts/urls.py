from django.urls import path

from accounts import guardian_pages, keeping, overview, restriction, theming

urlpatterns = [
    path("account/", overview.overview, name="account"),
    path("account/restriction", restriction.answer, name="account-restriction"),
    path("preferences/keep/<str:token>/", keeping.keep, name="keep"),
    path("guardian/<str:token>/", guardian_pages.answer, name="guardian"),
    path("brand/<slug:slug>.css", theming.stylesheet, name="brand-style"),
]
