"""What the web server loads."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ciam.settings")

application = get_wsgi_application()

import_module("ciam.checks").refuse_to_start()

# Django would load the map of the site, and with it most of the code, during the first request.
import_module("ciam.urls")
