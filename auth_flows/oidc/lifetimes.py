"""How long things live. The values stand in the settings (OAUTH2_PROVIDER), in seconds."""

import datetime as dt

from django.conf import settings


def _seconds(name: str) -> dt.timedelta:
    seconds = settings.OAUTH2_PROVIDER[name]
    assert isinstance(seconds, int)
    return dt.timedelta(seconds=seconds)


CODE = _seconds("AUTHORIZATION_CODE_EXPIRE_SECONDS")
ACCESS_TOKEN = _seconds("ACCESS_TOKEN_EXPIRE_SECONDS")
ID_TOKEN = _seconds("ID_TOKEN_EXPIRE_SECONDS")
REFRESH_TOKEN = _seconds("REFRESH_TOKEN_EXPIRE_SECONDS")

GRACE = dt.timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
"""How long a refresh token that was exchanged may be sent again by a client whose answer was lost."""

USED_CODE_KEPT = dt.timedelta(days=1)
"""How long a second use of a code ends what the first one gave."""
