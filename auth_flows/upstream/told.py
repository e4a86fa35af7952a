"""What operators read of a visit that came to nothing: which provider, and why; nothing of the person."""

import logging

from auth_flows.byoid.identity import Trouble
from auth_flows.models import Provider

log = logging.getLogger(__name__)


def log_trouble(provider: Provider, error: Trouble) -> None:
    log.warning("provider %s: %s: %s", provider.slug, error.code, error)
