"""SMS: a gateway is a file here and a line below."""

from django.conf import settings

from auth_flows.sms.gateway import Gateway
from auth_flows.sms.twilio import Twilio

GATEWAYS: dict[str, type[Gateway]] = {
    "twilio": Twilio,
}
"""By their name in SMS_GATEWAY."""


def is_on() -> bool:
    """Whether this installation can send any."""
    return settings.SMS_GATEWAY in GATEWAYS


def gateway() -> Gateway:
    return GATEWAYS[settings.SMS_GATEWAY]()


def leads_to(number: str) -> bool:
    """Whether messages go to this number's country: those that nobody needs are where fraud sends them."""
    allowed = settings.SMS_COUNTRIES
    return not allowed or number.startswith(tuple(f"+{code.lstrip('+')}" for code in allowed))
