"""A limit that is reached, as a page tells it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ciam.lib.throttle import TooMany


def too_many(error: TooMany) -> ValidationError:
    minutes = max(1, round(error.after / 60))
    return ValidationError(
        _("Too many attempts. Try again in %(minutes)d min."),
        code="too_many",
        params={"minutes": minutes, "after": error.after},
    )
