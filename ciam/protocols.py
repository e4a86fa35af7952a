"""The doors for programs: each call brings its own credential, and none has a session, a form or a page.

`ciam.lib.protocols` answers them before whatever knows of browsers.
"""

from django.urls import include, path

urlpatterns = [path("scim/v2", include("provisioning.scim.urls"))]
