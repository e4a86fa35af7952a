"""People who come to the hosted sign-in with this browser or that."""

from django.test import Client

from tests.people import PASSWORD
from tests.walking import Walker

ADA = "ada@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
)


def browser(agent: str = FIREFOX) -> Client:
    return Client(enforce_csrf_checks=True, headers={"user-agent": agent})


def gives_password(walker: Walker, address: str = ADA, at: str = "/sign-in/") -> Walker:
    return walker.open(at).send(identifier=address).send(password=PASSWORD)


def agrees(walker: Walker) -> Walker:
    """To the terms, if they were not seen before."""
    return walker.send(agree_terms="on") if "Terms" in walker.heading else walker


def arrives(address: str = ADA, agent: str = FIREFOX) -> Walker:
    """Somebody signs in with a password alone, in a browser that was never here."""
    return agrees(gives_password(Walker(browser=browser(agent)), address))


def is_signed_in(walker: Walker) -> bool:
    return Walker(browser=walker.browser).open("/account/").heading.startswith("Hello")
