"""What tells people from programs at the form door. Which one is for the settings to say."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from ciam.lib import captcha
from ciam.lib.captcha import Altcha, Outcome, Vendor
from provisioning.models import Website

ACTION = "lite"


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


class Captcha:
    """Proof of work, or the vendor that LITE_FORM_CAPTCHA names. While that one is away nobody is believed: a
    form can be sent again."""

    def verify(self, sent: Mapping[str, object], network: str) -> bool:
        chosen = vendor()
        if chosen is None:
            return False
        # Of IPv6 we know here the network alone.
        address = "" if "/" in network else network
        said = captcha.verify(
            chosen, sent.get(chosen.field), address, ACTION, _hostnames(chosen, sent), timezone.now()
        )
        return said.outcome is Outcome.OK


def vendor() -> Vendor | None:
    """None: nobody, or one without its keys."""
    if settings.LITE_FORM_CAPTCHA == "altcha":
        return Altcha()
    return captcha.hosted(
        settings.LITE_FORM_CAPTCHA, settings.LITE_FORM_CAPTCHA_SITE_KEY, settings.LITE_FORM_CAPTCHA_SECRET
    )


def own_hostname() -> str:
    return urlsplit(settings.BASE_URL).hostname or ""


def _hostnames(chosen: Vendor, sent: Mapping[str, object]) -> set[str]:
    """Where it must have been shown: our own is signed for us, others stand on the website's pages."""
    if isinstance(chosen, Altcha):
        return {own_hostname()}
    key = sent.get("key")
    rows = Website.objects.filter(form_key=key, is_active=True) if isinstance(key, str) and key else []
    return {urlsplit(origin).hostname or "" for website in rows for origin in website.origins}


def challenge() -> Challenge:
    chosen: Challenge = import_string(settings.LITE_FORM_CHALLENGE)()
    return chosen
