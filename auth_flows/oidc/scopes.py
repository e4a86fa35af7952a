"""The scopes that concern a person, and what each opens (OpenID Connect Core, 5.4 and 11).

Other scopes are an app's own: the ones it is registered with.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPENID = "openid"
PROFILE = "profile"
EMAIL = "email"
OFFLINE_ACCESS = "offline_access"

OF_PERSONS: dict[str, str | Promise] = {
    OPENID: _("Sign you in"),
    PROFILE: _("See your name and language"),
    EMAIL: _("See your e-mail address"),
    OFFLINE_ACCESS: _("Stay connected while you are away"),
}
