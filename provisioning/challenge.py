"""What tells people from programs at the form door. Which one is for the settings to say."""

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Challenge(Protocol):
    """A class without arguments, named by the setting LITE_FORM_CHALLENGE."""

    def verify(self, sent: Mapping[str, object], network: str) -> bool:
        """Whether to believe that a person sent this form; `sent` has every field that came.

        Called before anything is written and outside any transaction. One that asks others does so with
        `ciam.lib.http`, and says for itself what counts when they are away.
        """


class Nobody:
    """Asks nothing of anybody: the limits and the hidden field alone hold programs back."""

    def verify(self, sent: Mapping[str, object], network: str) -> bool:
        return True


def challenge() -> Challenge:
    chosen: Challenge = import_string(settings.LITE_FORM_CHALLENGE)()
    return chosen
