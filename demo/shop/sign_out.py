"""Signing out: of each room of the shop, and then of the CIAM, so that nobody is signed in again unasked."""

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.asking import CiamAway, CiamOdd
from demo.shop.oidc.leaving import end_session_url
from demo.shop.pages import page, problem
from demo.shop.shop import Room, Session
from demo.shop.visit import BROWSER, Visit, take_cookie

SIGNED_OUT = "/signed-out"


def sign_out(visit: Visit) -> Response:
    if not visit.is_from_our_form():
        return problem(
            visit,
            403,
            "You are still signed in",
            "This page was open for too long, or your browser refuses cookies. Press “Sign out” once more.",
        )
    ended = [visit.shop.sessions.take(visit.held(room.value)) for room in Room]
    answer = redirect(_onwards(visit, next((one for one in ended if one), None)), 303)
    for room in Room:
        take_cookie(answer, room.value)
    _forget_record(visit, answer)
    return answer


def signed_out(visit: Visit) -> Response:
    browser = visit.held(BROWSER)
    everywhere = visit.shop.sign_outs.take(visit.request.args.get("state", ""), lambda one: one == browser)
    return page(visit, "signed_out.html", everywhere=everywhere is not None)


def _forget_record(visit: Visit, answer: Response) -> None:
    # Whoever uses this browser next is shown nothing of it.
    cookie = visit.website.record_cookie
    visit.shop.records[visit.website].take(visit.held(cookie))
    take_cookie(answer, cookie)


def _onwards(visit: Visit, session: Session | None) -> str:
    if session is None:
        return SIGNED_OUT
    try:
        metadata = visit.shop.provider.metadata()
    except (CiamAway, CiamOdd):
        return SIGNED_OUT
    state = visit.shop.sign_outs.put(visit.held(BROWSER))
    back_to = f"{visit.shop.url}{SIGNED_OUT}"
    url = end_session_url(metadata, id_token=session.id_token, back_to=back_to, state=state)
    return url or SIGNED_OUT
