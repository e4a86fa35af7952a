"""The start pages: five steps through the demo, and the other brand's front door."""

import time

import pyotp
from werkzeug.wrappers import Response

from demo.shop.pages import page
from demo.shop.visit import Visit


def start(visit: Visit) -> Response:
    operator, now = visit.facts.operator, int(time.time())
    totp = pyotp.TOTP(operator.totp_secret)
    code = totp.at(now)
    return page(
        visit,
        "start.html",
        operator={"email": operator.email, "password": operator.password},
        code=f"{code[:3]} {code[3:]}",
        # A link to another address, so that pressing it always asks anew.
        now=str(now),
        seconds=str(totp.interval - now % totp.interval),
    )


def teehaus(visit: Visit) -> Response:
    return page(visit, "teehaus.html")
