"""The vendors of the sandbox: one line each."""

from demo.sandbox.captcha import Captcha
from demo.sandbox.hibp import Hibp
from demo.sandbox.hubspot import HubSpot
from demo.sandbox.idp import Idp
from demo.sandbox.mixpanel import Mixpanel
from demo.sandbox.receiver import Receiver
from demo.sandbox.salesforce import Salesforce
from demo.sandbox.twilio import Twilio
from demo.sandbox.vendor import MakeVendor

VENDORS: tuple[MakeVendor, ...] = (
    HubSpot,
    Mixpanel,
    Salesforce,
    Receiver,
    Twilio,
    Hibp,
    Captcha,
    Idp,
)
