"""Proving it: sign-ins, authenticators, devices, sessions, providers, clients and their tokens."""

from auth_flows.models.assessment import Assessment, Outcome
from auth_flows.models.authenticator import Authenticator, RecoveryCode
from auth_flows.models.client import Client
from auth_flows.models.device import Device
from auth_flows.models.policy import Captcha, SignInPolicy
from auth_flows.models.provider import LinkedIdentity, Provider, ProviderKind, UpstreamVisit
from auth_flows.models.recovery import Recovery
from auth_flows.models.session import BrowserSession
from auth_flows.models.sign_in import Intent, SignIn
from auth_flows.models.text_message import Sending, TextMessage
from auth_flows.models.token import AccessToken, DeviceGrant, Grant, IDToken, RefreshToken, Revocation

__all__ = [
    "AccessToken",
    "Assessment",
    "Authenticator",
    "BrowserSession",
    "Captcha",
    "Client",
    "Device",
    "DeviceGrant",
    "Grant",
    "IDToken",
    "Intent",
    "LinkedIdentity",
    "Outcome",
    "Provider",
    "ProviderKind",
    "Recovery",
    "RecoveryCode",
    "RefreshToken",
    "Revocation",
    "Sending",
    "SignIn",
    "SignInPolicy",
    "TextMessage",
    "UpstreamVisit",
]
