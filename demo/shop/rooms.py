"""The two pages for customers. Each has a session of its own, so each asks the CIAM who this is."""

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.oidc.told import Told
from demo.shop.pages import moment, page
from demo.shop.shop import Room
from demo.shop.visit import Visit


def orders(visit: Visit) -> Response:
    session = visit.session(Room.ORDERS)
    if session is None:
        return redirect("/sign-in?next=/orders", 303)
    return page(visit, "orders.html", called=session.told.called, told=_shown(session.told))


def rewards(visit: Visit) -> Response:
    session, other = visit.session(Room.REWARDS), visit.session(Room.ORDERS)
    if session is None:
        return redirect("/sign-in?next=/rewards", 303)
    return page(
        visit,
        "rewards.html",
        called=session.told.called,
        told=_shown(session.told),
        other=_shown(other.told) if other else None,
        same=other is not None and _sign_in_of(session.told) == _sign_in_of(other.told),
    )


def _sign_in_of(told: Told) -> tuple[object, ...]:
    return told.sub, told.auth_time, told.sid


def _shown(told: Told) -> dict[str, object]:
    return {
        "sub": told.sub,
        "email": told.email,
        "acr": told.acr,
        "amr": " ".join(told.amr),
        "auth_time": moment(told.auth_time),
        "sid": told.sid,
    }
