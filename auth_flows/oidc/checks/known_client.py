from django.utils.translation import gettext_lazy as _

from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import RefusedHere

SENTENCE = _("The app that sent you here is not known to us.")


def check(said: Parameters) -> Client:
    """RFC 6749, 4.1.2.1: an app that we know, and that is in use. Otherwise nobody is redirected."""
    if "client_id" in said.repeated:
        raise RefusedHere("invalid_request", SENTENCE, _("Send client_id once."))
    client = Client.objects.by_client_id(said.get("client_id"))
    if client is None:
        raise RefusedHere(
            "unknown_client", SENTENCE, _("Send the client_id that the app was registered with.")
        )
    return usable(client)


def usable(client: Client) -> Client:
    if not client.is_active:
        sentence = _("This app is out of use.")
        raise RefusedHere("inactive_client", sentence, _("An operator can put it to use again."))
    return client
