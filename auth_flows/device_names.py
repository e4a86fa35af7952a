"""A browser's name as a person would say it."""

from django.utils.translation import gettext as _

# Others call themselves Chrome or Safari as well: the first that fits is it.
BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def device_name(agent: str) -> str:
    """From what it calls itself, of which nothing is shown as it stands: anybody can write there."""
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), _("A browser"))
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
