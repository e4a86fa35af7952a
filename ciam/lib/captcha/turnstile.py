"""Cloudflare Turnstile. https://developers.cloudflare.com/turnstile/get-started/server-side-validation/"""

from collections.abc import Mapping

from ciam.lib.captcha.siteverify import SiteVerify

ORIGIN = "https://challenges.cloudflare.com"


class Turnstile(SiteVerify):
    name = "Turnstile"
    origin = ORIGIN
    path = "/turnstile/v0/siteverify"
    field = "cf-turnstile-response"
    script = f"{ORIGIN}/turnstile/v0/api.js"
    css_class = "cf-turnstile"
    csp = {"script-src": [ORIGIN], "frame-src": [ORIGIN], "connect-src": [ORIGIN]}
    test_secrets = frozenset(
        {
            "1x0000000000000000000000000000000AA",
            "2x0000000000000000000000000000000AA",
            "3x0000000000000000000000000000000AA",
        }
    )

    def fits(self, said: Mapping[str, object], action: str) -> bool:
        return said.get("action") == action
