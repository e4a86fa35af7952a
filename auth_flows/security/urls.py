from django.urls import path

from auth_flows.security import apps, codes, phone

urlpatterns = [
    path("app/add", apps.add, name="security-app-add"),
    path("app/<uuid:device_id>/confirm", apps.confirm, name="security-app-confirm"),
    path("app/<uuid:device_id>", apps.change, name="security-app"),
    path("app/<uuid:device_id>/remove", apps.remove, name="security-app-remove"),
    path("recovery-codes", codes.codes, name="security-codes"),
    path("phone", phone.phone, name="security-phone"),
    path("phone/<uuid:change_id>/confirm", phone.confirm, name="security-phone-confirm"),
    path("phone/remove", phone.remove, name="security-phone-remove"),
]
