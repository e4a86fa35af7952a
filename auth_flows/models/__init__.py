"""Proving it: sign-ins, authenticators, sessions, clients and their tokens."""

from auth_flows.models.authenticator import Authenticator
from auth_flows.models.client import Client
from auth_flows.models.session import BrowserSession
from auth_flows.models.sign_in import Intent, SignIn
from auth_flows.models.token import AccessToken, DeviceGrant, Grant, IDToken, RefreshToken, Revocation

__all__ = [
    "AccessToken",
    "Authenticator",
    "BrowserSession",
    "Client",
    "DeviceGrant",
    "Grant",
    "IDToken",
    "Intent",
    "RefreshToken",
    "Revocation",
    "SignIn",
]
