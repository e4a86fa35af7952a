"""Addresses of this app, to be included at the root."""

from django.urls import path

from provisioning import challenge_door
from provisioning.api import PurposesView
from provisioning.lite_door import LiteView

urlpatterns = [
    path("captcha/challenge", challenge_door.challenge, name="captcha-challenge"),
    path("api/v1/purposes", PurposesView.as_view(), name="purposes"),
    path("api/v1/lite", LiteView.as_view(), name="lite"),
]
