"""What a talk that ended early says of the whole target."""

import logging
import traceback
from collections.abc import Callable

from ciam.lib.crypto import Unreadable
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.models import Connector

log = logging.getLogger(__name__)


def failure_of(connector: Connector, talk: Callable[[], None]) -> TryLater | NeedsHuman | None:
    """None if `talk` came to its end. Neither the answer nor the log says what was talked about."""
    try:
        talk()
    except (TryLater, NeedsHuman) as error:
        return error
    except Unreadable:
        return NeedsHuman("The secret was encrypted with a key that is gone: enter it again.")
    except Exception as error:
        # The message and the locals may hold personal values; the places don't.
        name = type(error).__name__
        places = [f"{step.filename}:{step.lineno}" for step in traceback.extract_tb(error.__traceback__)]
        log.error("connector %s: %s at %s", connector.pk, name, " > ".join(places))
        return TryLater(f"The connector failed unexpectedly ({name}).")
    return None
