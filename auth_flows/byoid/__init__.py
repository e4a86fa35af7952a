"""Whose identities customers may bring: the kinds of providers, one line each."""

from auth_flows.byoid.apple import Apple
from auth_flows.byoid.facebook import Facebook
from auth_flows.byoid.github import GitHub
from auth_flows.byoid.google import Google
from auth_flows.byoid.kind import Kind
from auth_flows.byoid.linkedin import LinkedIn
from auth_flows.byoid.microsoft import Microsoft
from auth_flows.byoid.oidc import Oidc
from auth_flows.models import Provider

_ALL: list[Kind] = [
    Apple(),
    Facebook(),
    GitHub(),
    Google(),
    LinkedIn(),
    Microsoft(),
    Oidc(),
]

KINDS: dict[str, Kind] = {kind.kind: kind for kind in _ALL}


def kind_of(provider: Provider) -> Kind:
    return KINDS[provider.kind]
