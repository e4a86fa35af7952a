"""What SCIM lets this website know of its visitor, as a table and as it came.

Only the record that this browser's own form made is ever shown: an address that was typed proves nothing.
"""

import json

from werkzeug.wrappers import Response

from demo.shop.lens_table import rows
from demo.shop.pages import page
from demo.shop.record import Record, read
from demo.shop.visit import Visit
from demo.shop.websites import WEBSITES


def known(visit: Visit) -> Response:
    record = own_record(visit)
    if record is None:
        return no_record(visit)
    other = next(one for one in WEBSITES if one is not visit.website)
    return page(
        visit,
        "known.html",
        rows=rows(record.told),
        version=record.version,
        raw=json.dumps(record.told, indent=2, ensure_ascii=False),
        address=f"{visit.scim.base_url}/Users/{visit.record}",
        other={"name": other.name, "known": other.at("/known")},
    )


def own_record(visit: Visit) -> Record | None:
    """Raises CiamAway, CiamOdd."""
    return read(visit.shop.http, visit.scim, visit.record) if visit.record else None


def no_record(visit: Visit) -> Response:
    """The same words whether this browser asked for nothing, for somebody known, or for somebody now gone."""
    return page(visit, "no_record.html")
