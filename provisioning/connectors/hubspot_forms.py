"""HubSpot's Forms API: the one way to join a contact to the visits that its cookie `hubspotutk` has seen.

https://developers.hubspot.com/docs/api-reference/legacy/forms/submit-data-to-form-supporting-authentication
"""

from urllib.parse import quote

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Answer
from provisioning.connectors.hubspot_contacts import refused
from provisioning.connectors.wire import Wire
from provisioning.models import Connector

BASE_URL = "https://api.hsforms.com"
COOKIE = "context.hutk"
"""To what an operator maps the attribute that holds the cookie. It is no property of a contact."""


class Forms:
    """The form by which a connector joins visits."""

    def __init__(self, wire: Wire, connector: Connector) -> None:
        self._wire = wire
        base_url = str(connector.settings.get("forms_url") or BASE_URL).rstrip("/")
        portal, form = (str(connector.settings.get(name, "")) for name in ("portal_id", "form_guid"))
        self._is_named = bool(portal and form)
        named = f"{quote(portal, safe='')}/{quote(form, safe='')}"
        self._address = f"{base_url}/submissions/v3/integration/secure/submit/{named}"

    def check(self) -> None:
        if not self._is_named:
            raise NeedsHuman(f"{COOKIE} is mapped, and portal_id or form_guid is lacking: enter both.")

    def join(self, email: str, cookie: str) -> Answer | None:
        """None when it is done. May be repeated: it counts as one more submission of the form."""
        self.check()
        fields = [{"objectTypeId": "0-1", "name": "email", "value": email}]
        reply = self._wire.call("POST", self._address, {"fields": fields, "context": {"hutk": cookie}})
        if not reply.is_refused:
            return None
        reason = refused(reply.body).category or str(reply.status)
        return NeedsHuman(f"HubSpot refused the form submission ({reason}): see portal_id and form_guid.")
