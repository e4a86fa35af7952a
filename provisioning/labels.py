"""What people call things that targets hold."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.attributes import ATTRIBUTES
from provisioning.mapping import EMAIL


def label(attribute: str) -> str | Promise:
    """What people call an attribute; its name where this version of the program doesn't know it."""
    if attribute == EMAIL:
        return _("E-mail address")
    return ATTRIBUTES[attribute].label if attribute in ATTRIBUTES else attribute
