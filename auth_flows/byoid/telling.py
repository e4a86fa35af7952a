"""What a provider has just said of somebody, beside what we know: shown once the person has proven an address
here, and kept once they finish."""

import datetime as dt
import uuid
from dataclasses import replace

from accounts.models import Source
from accounts.profiles import STRENGTH, Known
from accounts.snapshot import Snapshot
from auth_flows.byoid.identity import Identity

NOBODY = uuid.UUID(int=0)


def told_by(identity: Identity, held: Snapshot | None, now: dt.datetime) -> Snapshot:
    """What counts then: a stronger source's word stands."""
    known = held or Snapshot(account_id=NOBODY, kind="", status="", version=0)
    said = {
        name: Known(value, Source.PROVIDER, identity.provider_id, now)
        for name, value in identity.values.items()
        if name not in known.values or STRENGTH[known.values[name].source] <= STRENGTH[Source.PROVIDER]
    }
    return replace(known, values={**known.values, **said})
