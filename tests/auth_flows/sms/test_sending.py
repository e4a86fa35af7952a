"""How a message leaves the house: once, or not at all, and never twice."""

import datetime as dt

import httpx
import pytest
from django.utils import timezone

from auth_flows.models import Sending, TextMessage
from auth_flows.sms.sending import drop_old, send_due
from ciam.lib.ids import uuid7
from tests.sandbox.running import RunningSandbox
from tests.texting import ADAS_PHONE

pytestmark = pytest.mark.django_db


def message(number: str = ADAS_PHONE, *, to_nobody: bool = False, minutes: int = 10) -> TextMessage:
    now = timezone.now()
    return TextMessage.objects.create(
        about=uuid7(),
        recipient=number,
        text="123456 is your code.",
        to_nobody=to_nobody,
        ends_at=now + dt.timedelta(minutes=minutes),
        not_before=now - dt.timedelta(seconds=1),
    )


def outcome(row: TextMessage) -> str:
    row.refresh_from_db()
    return row.outcome


def test_a_message_leaves_once_and_its_words_go(sandbox: RunningSandbox) -> None:
    row = message()

    assert send_due(timezone.now()) == 1
    assert send_due(timezone.now() + dt.timedelta(hours=1)) == 0

    assert [one["to"] for one in sandbox.state("twilio")["messages"]] == [ADAS_PHONE]
    assert sandbox.violations("twilio") == []
    assert outcome(row) == Sending.SENT
    assert (row.recipient, row.text) == (None, None)
    assert row.remote_id.startswith("SM")


def test_to_nobody_and_too_late_nothing_goes_out(sandbox: RunningSandbox) -> None:
    rows = [message(to_nobody=True), message(minutes=-1)]

    assert send_due(timezone.now()) == 0

    assert sandbox.requests("twilio") == []
    assert all(row.recipient is None for row in TextMessage.objects.all())
    assert [outcome(row) for row in rows] == [Sending.TOO_LATE] * 2


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+15005550001", Sending.BAD_NUMBER),
        ("+15005550009", Sending.BAD_NUMBER),
        ("+15005550004", Sending.STOPPED),
    ],
)
def test_a_number_that_gets_nothing_is_told_apart(
    sandbox: RunningSandbox, number: str, expected: Sending
) -> None:
    row = message(number)

    send_due(timezone.now())

    assert outcome(row) == expected


def test_whoever_answers_stop_gets_nothing_more(sandbox: RunningSandbox) -> None:
    httpx.post(f"{sandbox.base_url('twilio')}/answers", data={"From": ADAS_PHONE, "Body": "STOP"}, timeout=30)
    row = message()

    send_due(timezone.now())

    assert outcome(row) == Sending.STOPPED


@pytest.mark.parametrize("status", [500, 502])
def test_what_may_have_gone_out_is_not_sent_again(sandbox: RunningSandbox, status: int) -> None:
    row = message()
    sandbox.fault("twilio", "status", status=status)

    send_due(timezone.now())
    send_due(timezone.now() + dt.timedelta(minutes=5))

    assert len(sandbox.requests("twilio")) == 1
    assert outcome(row) == Sending.UNKNOWN


def test_what_surely_did_not_go_out_is_tried_again(sandbox: RunningSandbox) -> None:
    row = message()
    sandbox.fault("twilio", "status", status=429, headers={"Retry-After": "2"})

    send_due(timezone.now())
    assert outcome(row) == Sending.WAITING
    send_due(timezone.now() + dt.timedelta(seconds=5))

    assert outcome(row) == Sending.SENT


def test_a_worker_that_died_over_a_message_leaves_it_unsent(sandbox: RunningSandbox) -> None:
    row = message()
    TextMessage.objects.update(tried_at=timezone.now())

    send_due(timezone.now())

    assert sandbox.requests("twilio") == []
    assert outcome(row) == Sending.UNKNOWN


def test_wrong_credentials_are_for_a_human(sandbox: RunningSandbox) -> None:
    row = message()
    sandbox.fault("twilio", "status", status=401)

    send_due(timezone.now())

    assert outcome(row) == Sending.WAITING
    assert "TWILIO_AUTH_TOKEN" in row.needs_human


def test_rows_stay_a_day() -> None:
    message(minutes=-60 * 25)
    message()

    drop_old(timezone.now() - dt.timedelta(days=1))

    assert TextMessage.objects.count() == 1
