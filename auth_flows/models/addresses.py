"""Where browsers may be sent for an app (RFC 6749, 3.1.2; RFC 8252, 7 and 8.4; RFC 9700, 2.1)."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

LONGEST = 2_000
ASCII = re.compile(r"[\x21-\x7e]+")
NEVER_IN_A_URI = set('"<>\\^`{|}*')
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


def reasons_against(uri: str, *, native: bool) -> Iterator[str]:
    """Why an app may not be registered with it, in sentences for an operator; none: it may."""
    if not ASCII.fullmatch(uri) or NEVER_IN_A_URI & set(uri) or len(uri) > LONGEST:
        yield str(_("It has characters that an address must not have, or is too long."))
        return
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        yield str(_("It is not an address."))
        return
    if "#" in uri:
        yield str(_("It must not have a fragment."))
    if "@" in parts.netloc:
        yield str(_("It must not carry a user name."))
    if parts.scheme in {"http", "https"}:
        if not host or not uri.startswith(f"{parts.scheme}://"):
            yield str(_("It names no host."))
        elif parts.scheme == "http" and host not in LOOPBACK_HOSTS:
            yield str(_("It must be https; plain http is for this computer alone."))
    elif not native or "." not in parts.scheme or not uri.startswith(f"{parts.scheme}:"):
        yield str(_("Its scheme is not https, nor a native app's own such as com.example.app."))
