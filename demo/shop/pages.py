"""From a template to an answer, with what every page shows: where you are and who is signed in."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.template import Context, Engine
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from demo.shop.shop import Room
from demo.shop.visit import Visit

HERE = Path(__file__).parent
KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Way:
    """Where to go from a page that could not do what was asked."""

    url: str
    label: str


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(HERE / "templates")], autoescape=True)


def page(visit: Visit, name: str, status: int = 200, **values: object) -> Response:
    # Templates get texts only: numbers and dates would ask Django for settings, and there are none.
    common = {
        "here": visit.request.path,
        "website": visit.website,
        "form_token": visit.form_token,
        "signed_in": {room.name.lower(): who(visit, room) for room in Room},
        "somebody": who(visit, Room.ORDERS) or who(visit, Room.REWARDS),
        "base_url": visit.facts.base_url,
        "sandbox_url": visit.shop.sandbox_url,
    }
    html = _engine().get_template(name).render(Context({**common, **values}))
    return Response(html, status=status, content_type="text/html; charset=utf-8")


def problem(visit: Visit, status: int, title: str, sentence: str, *ways: Way, code: str = "") -> Response:
    """What is the matter and what to do next; the first way is the best."""
    ways = ways or (Way(visit.website.home, "Go to the start page"),)
    return page(visit, "problem.html", status, title=title, sentence=sentence, ways=ways, code=code)


def who(visit: Visit, room: Room) -> str:
    session = visit.session(room) if visit.website.has_rooms else None
    return session.told.email or session.told.called if session else ""


def moment(when: datetime | None) -> dict[str, str]:
    """For people and for machines; UTC."""
    if when is None:
        return {}
    return {"words": when.strftime("%-d %B %Y, %H:%M:%S UTC"), "iso": when.isoformat()}


def static(visit: Visit, name: str) -> Response:
    found = next((one for one in (HERE / "static").iterdir() if one.name == name), None)
    if found is None or found.suffix not in KINDS:
        raise NotFound("There is no such file.")
    answer = Response(found.read_bytes(), content_type=KINDS[found.suffix])
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(visit.request)
    return answer
