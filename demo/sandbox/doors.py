"""The JSON doors for scripts and tests: what was asked, what is held, what shall go wrong, start afresh."""

import json

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

from demo.sandbox.faults import read_fault
from demo.sandbox.shapes import Json, ShapeError, parse
from demo.sandbox.world import World


def in_json(value: Json, status: int = 200) -> Response:
    return Response(json.dumps(value, indent=1), status=status, content_type="application/json")


def health(_world: World, _request: Request) -> Response:
    return in_json({"status": "live"})


def requests(world: World, request: Request) -> Response:
    vendor, since = _vendor(world, request), request.args.get("since", "0")
    if not (since.isascii() and since.isdigit()):
        raise BadRequest("since must be the id of a request, a whole number.")
    with world.held():
        records = world.log.records(vendor, int(since))
    return in_json([record.as_json() for record in records])


def counts(world: World, _request: Request) -> Response:
    with world.held():
        return in_json({vendor: dict(asked) for vendor, asked in world.log.counts.items()})


def state(world: World, request: Request) -> Response:
    vendor = _vendor(world, request)
    if vendor is None:
        raise BadRequest(f"Say whose state, as in /state?vendor={next(iter(world.desks))}.")
    with world.held():
        return in_json(world.desks[vendor].vendor.state())


def faults(world: World, request: Request) -> Response:
    vendor = _vendor(world, request)
    with world.held():
        return in_json([fault.as_json() for fault in world.faults.waiting(vendor)])


def add_fault(world: World, request: Request) -> Response:
    _refuse_other_sites(request)
    try:
        fault = read_fault(parse(request.get_data()))
    except ShapeError as exc:
        raise BadRequest(str(exc)) from exc
    _check_known(world, fault.vendor)
    with world.held():
        return in_json(world.faults.add(fault).as_json(), 201)


def forget_faults(world: World, request: Request) -> Response:
    _refuse_other_sites(request)
    vendor = _vendor(world, request)
    with world.held():
        world.faults.forget(vendor)
    return Response(status=204)


def reset(world: World, request: Request) -> Response:
    _refuse_other_sites(request)
    world.reset(_vendor(world, request))
    return Response(status=204)


def _vendor(world: World, request: Request) -> str | None:
    slug = request.args.get("vendor")
    if slug is not None:
        _check_known(world, slug)
    return slug


def _check_known(world: World, slug: str) -> None:
    if slug not in world.desks:
        raise BadRequest(f"There is no vendor '{slug}' here. There is: {', '.join(world.desks)}.")


def _refuse_other_sites(request: Request) -> None:
    # A page elsewhere could make the visitor's browser post to localhost.
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise BadRequest("This door does not answer to pages of other sites.")
