"""The map of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from ciam import dev, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dev.home if settings.MODE == "demo" else health.nothing_here, name="home"),
    path("", include("auth_flows.urls")),
    path("", include("accounts.urls")),
    path("", include("consent.urls")),
    path("", include("ciam.protocols")),
    path("", include("provisioning.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(permission_classes=[]), name="api-schema"),
    path("admin/", admin.site.urls),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
]

if settings.MAIL_WEBHOOK_SECRET:
    urlpatterns += [path("webhooks/mail/", include("anymail.urls"))]

if settings.MODE != "production":
    urlpatterns += [
        path("dev/mail/", dev.mailbox, name="dev-mailbox"),
        path("dev/mail/<str:name>", dev.mail, name="dev-mail"),
        path("dev/components/", dev.components, name="dev-components"),
    ]
