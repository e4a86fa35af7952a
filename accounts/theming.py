"""A brand's look: a stylesheet of its colours, each with a text colour that can be read on it."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.models import Brand

COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
DEFAULT = {"accent": "#1f4fd8", "accent_dark": "#9db8ff"}


@require_GET
def stylesheet(request: HttpRequest, slug: str) -> HttpResponse:
    brand = get_object_or_404(Brand, slug=slug)
    lines = []
    for name, fallback in DEFAULT.items():
        colour = brand.theme.get(name, fallback)
        colour = colour if COLOUR.match(str(colour)) else fallback
        token = name.replace("_", "-")
        lines += [f"--{token}: {colour};", f"--{token}-text: {readable_on(colour)};"]
    css = ":root { " + " ".join(lines) + " }\n"
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": "public, max-age=300"})


def readable_on(colour: str) -> str:
    """Black or white, whichever has more contrast with `colour` (WCAG 2, 1.4.3)."""
    light = luminance(colour)
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1 (WCAG 2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
