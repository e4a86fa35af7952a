"""Phone numbers on pages."""

from django.utils.translation import gettext_lazy as _

from auth_flows.models import Sending

TROUBLE = {
    Sending.STOPPED: _(
        "This number has told us to stop sending messages. Send START to the number they came from, "
        "or choose another way."
    ),
    Sending.BAD_NUMBER: _("This number takes no messages. Use another one, or choose another way."),
}
"""Why a message can't arrive, in words for its owner."""


def masked(number: str) -> str:
    """Enough for its owner to know which phone to look at."""
    return f"{number[:3]} ••• {number[-2:]}"
