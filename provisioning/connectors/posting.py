"""What connectors share that post one signed document at a time to an address that an operator entered."""

import json
import time
from collections.abc import Mapping

import httpx

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Done
from provisioning.connectors.wire import Fields, Reply, Wire
from provisioning.models import Connector, Outcome

TOLD = Done("", frozenset(), Outcome.HOLDS)
"""For an event there is nothing to keep of the answer."""


class Posting(Wire):
    """Posts bytes as they are to the connector's `base_url`, which may have a path and a query."""

    def __init__(self, system: str, connector: Connector, deadline: float, **headers: str) -> None:
        self._address = str(connector.settings.get("base_url", "")).strip()
        super().__init__(system, self._address, deadline, **headers)

    @property
    def host(self) -> str:
        return httpx.URL(self._address).host

    def post(self, content: bytes, headers: Mapping[str, str]) -> Reply:
        """Raises TryLater and NeedsHuman for what concerns the whole target; a refusal of this one is in the
        answer."""
        self._client.headers.update(headers)
        reply = self.call("POST", self._address, content=content)
        if reply.status == 410:
            raise NeedsHuman(
                f"{self.system} answered 410: nobody listens at this address any more. Correct base_url, or "
                "switch the connector off."
            )
        return reply

    def _reply(self, response: httpx.Response) -> Reply:
        """A receiver may say yes in any words, or in none."""
        try:
            said = json.loads(response.content)
        except (ValueError, RecursionError):
            said = None
        return Reply(response.status_code, Fields(said))


def refused(system: str, reply: Reply) -> NeedsHuman:
    return NeedsHuman(f"{system} answered {reply.status} to this event: ask its operator what it refuses.")


def now_s() -> int:
    """Seconds since 1970, as signatures and tokens tell the time of a try."""
    return int(time.time())
