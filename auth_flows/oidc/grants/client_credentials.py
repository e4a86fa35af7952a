"""A token for an app that acts for itself (RFC 6749, 4.4). Nothing is read or written for it."""

import datetime as dt

from auth_flows.models import Client
from auth_flows.oidc import access_tokens
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.scopes import OF_PERSONS
from auth_flows.oidc.tokens import Tokens


def issue(said: Parameters, client: Client, now: dt.datetime) -> Tokens:
    own = tuple(scope for scope in client.scopes if scope not in OF_PERSONS)
    asked = said.words("scope")
    if not set(asked) <= set(own):
        raise Refused("invalid_scope", "The scope has a part that this app is not registered with.")
    scopes = asked or own
    return Tokens(access_tokens.issue(client, client.client_id, scopes, now), scopes)
