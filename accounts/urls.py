from django.urls import path

from accounts import overview, theming

urlpatterns = [
    path("account/", overview.overview, name="account"),
    path("brand/<slug:slug>.css", theming.stylesheet, name="brand-style"),
]
