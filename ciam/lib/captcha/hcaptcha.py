"""hCaptcha. https://docs.hcaptcha.com/"""

from ciam.lib.captcha.siteverify import SiteVerify

ORIGINS = ["https://hcaptcha.com", "https://*.hcaptcha.com"]


class HCaptcha(SiteVerify):
    """Its tokens know no action: each counts once, and the site key stands for the page."""

    name = "hCaptcha"
    origin = "https://api.hcaptcha.com"
    path = "/siteverify"
    field = "h-captcha-response"
    script = "https://js.hcaptcha.com/1/api.js"
    css_class = "h-captcha"
    csp = {"script-src": ORIGINS, "frame-src": ORIGINS, "style-src": ORIGINS, "connect-src": ORIGINS}
    test_secrets = frozenset({"0x0000000000000000000000000000000000000000"})

    def also_sent(self) -> dict[str, str]:
        return {"sitekey": self.site_key}
