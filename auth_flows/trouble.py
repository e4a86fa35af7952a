"""Why somebody came back from a provider with empty hands, in words."""

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TROUBLES: dict[str, Promise] = {
    "away": _("The other site does not answer right now. Try again in a moment, or take another way."),
    "bad": _("The other site's answer was wrong: we did not take it. Try again, or take another way."),
    "declined": _("You turned back there. Nothing has happened."),
    "not_connected": _("That is not an account that is connected with this one."),
    "too_many": _("Too many attempts. Wait a few minutes, or take another way."),
    "taken": _("That account is connected with another account here already."),
}


def trouble(request: HttpRequest) -> str:
    """As the address of the page says it; nothing for anything else."""
    return str(TROUBLES.get(request.GET.get("trouble", ""), ""))
