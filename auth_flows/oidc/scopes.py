"""The scopes that we know, and what each opens (OpenID Connect Core, 5.4 and 11).

Other scopes are an app's own. Whichever it is, an app gets those alone that it is registered with.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import SCIM, SCIM_ME

OPENID = "openid"
PROFILE = "profile"
EMAIL = "email"
OFFLINE_ACCESS = "offline_access"

OF_PERSONS: dict[str, str | Promise] = {
    OPENID: _("Sign you in"),
    PROFILE: _("See your name and language"),
    EMAIL: _("See your e-mail address"),
    OFFLINE_ACCESS: _("Stay connected while you are away"),
    SCIM_ME: _("See and change what its brand knows of you"),
}

OF_SERVICES = (SCIM,)
"""For an app that acts for itself; nobody can give it in a sign-in."""
