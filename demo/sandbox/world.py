"""All vendors with their state: one request goes through fault, contract, behaviour, contract, record."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, RLock

from demo.sandbox.contract import Contract
from demo.sandbox.faults import Fault, FaultBook
from demo.sandbox.records import RequestLog
from demo.sandbox.vendor import Answer, Call, MakeVendor, Vendor, Violation
from demo.sandbox.vendors import VENDORS

GARBAGE = b"<html><body>Something went wrong on the way.</body></html>"
GATEWAY_TIMEOUT = 504


@dataclass
class Desk:
    """A vendor with the contract that it is held to."""

    make: MakeVendor
    vendor: Vendor
    contract: Contract


class World:
    def __init__(self, vendors: Sequence[MakeVendor] = VENDORS) -> None:
        self._lock = RLock()
        self._hurry = Event()
        self.log = RequestLog()
        self.faults = FaultBook()
        made = [(make, make()) for make in vendors]
        self.desks = {one.slug: Desk(make, one, Contract(one.spec)) for make, one in made}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else reads or changes anything meanwhile; never wait for time inside."""
        with self._lock:
            yield

    def serve(self, slug: str, call: Call) -> Answer:
        with self._lock:
            answer, seconds = self._answer(slug, call)
            hurry = self._hurry
        if seconds:
            hurry.wait(seconds)
        return answer

    def reset(self, slug: str | None = None) -> None:
        with self._lock:
            for desk in self.desks.values():
                if slug in (None, desk.vendor.slug):
                    desk.vendor = desk.make()
            self.log.forget(slug)
            self.faults.forget(slug)
            self._hurry.set()
            self._hurry = Event()

    def _answer(self, slug: str, asked: Call) -> tuple[Answer, float]:
        """The answer, and how many seconds a scripted fault holds it back."""
        desk = self.desks[slug]
        call, violations = desk.contract.check(asked)
        rows = [] if violations else desk.vendor.rows(call)
        fault = self.faults.take(slug, call.path, rows)
        noted = [violation.message for violation in violations]
        answer = _spoilt(fault, desk.vendor)
        if answer is None:
            if fault is not None and fault.kind == "row_errors":
                call = replace(call, refuse_row=fault.refuse_row)
            answer, broken = _honest_answer(desk, call, violations)
            noted += broken
        self.log.add(slug, call, answer, noted)
        waits = fault is not None and fault.kind in ("timeout_before", "timeout_after")
        return answer, fault.seconds if fault is not None and waits else 0.0


def _spoilt(fault: Fault | None, vendor: Vendor) -> Answer | None:
    """The answer of a fault that never reaches the vendor's behaviour; None where the vendor is to act."""
    if fault is None:
        return None
    if fault.kind == "status":
        return _with_status(fault, vendor)
    if fault.kind == "timeout_before":
        return vendor.fail(fault.status or GATEWAY_TIMEOUT)
    if fault.kind == "garbage":
        raw = fault.body.encode() if isinstance(fault.body, str) else GARBAGE
        return Answer(fault.status or 200, headers=fault.headers, raw=raw, content_type="text/html")
    return None


def _with_status(fault: Fault, vendor: Vendor) -> Answer:
    status = fault.status or GATEWAY_TIMEOUT
    if fault.body is None:
        usual = vendor.fail(status)
        return replace(usual, headers={**usual.headers, **fault.headers})
    if isinstance(fault.body, str):
        return Answer(status, headers=fault.headers, raw=fault.body.encode(), content_type="text/plain")
    return Answer(status, fault.body, fault.headers)


def _honest_answer(desk: Desk, call: Call, violations: list[Violation]) -> tuple[Answer, list[str]]:
    """What the vendor answers, held against its contract; a broken contract is loud, and listed."""
    answer = desk.vendor.refuse(violations[0]) if violations else desk.vendor.behave(call)
    answer = replace(answer, headers={**desk.vendor.headers(call), **answer.headers})
    broken = desk.contract.faults_of(call, answer) if call.operation else []
    if not broken:
        return answer, []
    loud = f"the sandbox broke the contract: {'; '.join(broken)}"
    return Answer(500, raw=loud.encode(), content_type="text/plain; charset=utf-8"), [loud]
