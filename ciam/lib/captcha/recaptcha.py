"""Google reCAPTCHA. https://developers.google.com/recaptcha/docs/verify, …/docs/v3

The hosted pages show version 2: a page that holds somebody up must have something to solve, and a score is
nothing that a person could better. A form on a website may use version 3, whose answer has a score.
"""

from collections.abc import Mapping

from ciam.lib.captcha.siteverify import SiteVerify

LEAST_SCORE = 0.5
"""From 0.0, surely a program, to 1.0."""


class ReCaptcha(SiteVerify):
    name = "reCAPTCHA"
    origin = "https://www.google.com"
    path = "/recaptcha/api/siteverify"
    field = "g-recaptcha-response"
    script = "https://www.google.com/recaptcha/api.js"
    css_class = "g-recaptcha"
    csp = {
        "script-src": ["https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"],
        "frame-src": ["https://www.google.com/recaptcha/"],
        "connect-src": ["https://www.google.com/recaptcha/"],
    }
    test_secrets = frozenset({"6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"})

    def fits(self, said: Mapping[str, object], action: str) -> bool:
        if "score" not in said and "action" not in said:
            return True  # version 2
        score = said.get("score")
        enough = isinstance(score, int | float) and not isinstance(score, bool) and score >= LEAST_SCORE
        return enough and said.get("action") == action
