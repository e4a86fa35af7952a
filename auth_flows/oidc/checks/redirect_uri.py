from django.utils.translation import gettext_lazy as _

from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.redirects import is_registered
from auth_flows.oidc.refusals import RefusedHere

SENTENCE = _("This app asked us to send you to an address that it is not registered with.")


def check(said: Parameters, client: Client) -> str:
    """RFC 6749, 3.1.2.4; OpenID Connect Core, 3.1.2.1: sent, once, and registered. Never guessed, even from
    a single one."""
    if "redirect_uri" in said.repeated:
        raise RefusedHere("invalid_request", SENTENCE, _("Send redirect_uri once."))
    uri = said.get("redirect_uri")
    if not uri:
        raise RefusedHere("invalid_request", SENTENCE, _("Send redirect_uri."))
    return trusted(uri, client)


def trusted(uri: str, client: Client) -> str:
    registered = client.redirect_uris.split()
    if not is_registered(uri, registered, native=client.is_native) or client.why_unsafe(uri):
        hint = _("Register exactly the redirect_uri that the app sends.")
        raise RefusedHere("redirect_uri_mismatch", SENTENCE, hint)
    return uri
