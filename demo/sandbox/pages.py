"""The pages for people: which vendors there are, and what each of them now knows."""

import json
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path

from django.template import Context, Engine
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from demo.sandbox.faults import Fault
from demo.sandbox.records import Record
from demo.sandbox.shapes import Json
from demo.sandbox.vendor import Known
from demo.sandbox.world import World

HERE = Path(__file__).parent
FAULTS = {
    "status": "The status",
    "timeout_before": "No answer in time, and nothing done",
    "timeout_after": "No answer in time, although all is done",
    "garbage": "An answer that nobody can read",
    "row_errors": "Some rows of a batch refused",
}
SHOWN_REQUESTS = 20
SHOWN_PEOPLE = 200


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(HERE / "templates")], autoescape=True)


def _page(name: str, status: int = 200, **values: object) -> Response:
    # Templates get texts only: numbers and dates would ask Django for settings, and there are none.
    html = _engine().get_template(name).render(Context(values))
    return Response(html, status=status, content_type="text/html; charset=utf-8")


def home(world: World, _request: Request, shop_url: str) -> Response:
    with world.held():
        vendors = [
            {
                "slug": slug,
                "title": desk.vendor.title,
                "people": _summary(desk.vendor.known()),
                "requests": _counted(len(world.log.records(slug)), "request", "requests"),
            }
            for slug, desk in world.desks.items()
        ]
    return _page("home.html", vendors=vendors, shop_url=shop_url, example=vendors[0]["slug"])


def vendor(world: World, _request: Request, shop_url: str, slug: str) -> Response:
    with world.held():
        desk = world.desks[slug]
        people, remarks = desk.vendor.known(), desk.vendor.remarks()
        records = world.log.records(slug)
        faults = world.faults.waiting(slug)
    return _page(
        "vendor.html",
        slug=slug,
        title=desk.vendor.title,
        summary=_summary(people),
        people=[_person(one) for one in people[:SHOWN_PEOPLE]],
        unshown=_counted(len(people) - SHOWN_PEOPLE, "person", "people")
        if len(people) > SHOWN_PEOPLE
        else "",
        remarks=remarks,
        requests=[_request_line(one) for one in reversed(records[-SHOWN_REQUESTS:])],
        request_count=_counted(len(records), "request", "requests"),
        faults=[_fault_line(one) for one in faults],
        shop_url=shop_url,
    )


def not_found(shop_url: str, message: str) -> Response:
    return _page("not_found.html", 404, message=message, shop_url=shop_url)


def static(name: str) -> Response:
    if name not in {one.name for one in (HERE / "static").iterdir()}:
        raise NotFound
    data = (HERE / "static" / name).read_bytes()
    return Response(data, content_type="text/css; charset=utf-8")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"


def _summary(people: list[Known]) -> str:
    archived = sum(one.state == "archived" for one in people)
    return f"{_counted(len(people) - archived, 'person', 'people')}, {archived or 'none'} archived"


def _person(known: Known) -> dict[str, object]:
    return {
        "title": known.title,
        "number": known.number,
        "archived": known.state == "archived",
        "state": known.state,
        "changed": known.changed,
        "changed_words": _clock(known.changed),
        "facts": list(known.facts),
        "permissions": [
            {"name": name, "status": status, "tone": _tone(status)} for name, status in known.permissions
        ],
    }


def _tone(status: str) -> str:
    return {"subscribed": "good", "unsubscribed": "bad"}.get(status, "quiet")


def _request_line(record: Record) -> dict[str, object]:
    status = record.answer.status
    reason = HTTPStatus(status).phrase if status in {one.value for one in HTTPStatus} else ""
    return {
        "id": str(record.id),
        "at": record.at,
        "at_words": _clock(record.at),
        "method": record.call.method,
        "path": record.call.path,
        "status": f"{status} {reason}".strip(),
        "tone": "good" if status < 300 and status != 207 else "bad",
        "violations": list(record.violations),
        "sent": _readable(record.body()),
        "answered": _readable(record.response()),
    }


def _fault_line(fault: Fault) -> str:
    what = FAULTS[fault.kind] + (f" {fault.status}" if fault.kind == "status" else "")
    where = f" where the path has {fault.path_contains}" if fault.path_contains else ""
    return f"{what}{where}, {_counted(fault.times, 'time', 'times')}"


def _clock(stamp: str) -> str:
    return datetime.fromisoformat(stamp).strftime("%-d %b %Y, %H:%M:%S UTC")


def _readable(value: Json) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
