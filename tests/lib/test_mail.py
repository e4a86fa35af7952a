import datetime as dt

import pytest
from django.utils import timezone

from ciam.lib import mail
from ciam.lib.models import Mail
from tests.walking import mails

pytestmark = pytest.mark.django_db
CODE: mail.Context = {
    "code": "123456",
    "minutes": 10,
    "brand": {"name": "Kaffeehaus"},
    "app_name": "Shop",
    "link": "",
}


def post(until: dt.datetime) -> Mail:
    return mail.post("email_code", "ada@example.com", dict(CODE), until=until)


def test_a_mail_is_sent_once_and_then_holds_nothing() -> None:
    row = post(timezone.now() + dt.timedelta(minutes=10))
    assert "ada@example.com" not in str(Mail.objects.filter(pk=row.pk).values_list("pk", "template"))

    sent = mails()

    assert [to for to, _text in sent] == ["ada@example.com"]
    assert sent[0][1].startswith("123456")
    row.refresh_from_db()
    assert (row.recipient, row.context) == (None, None)
    assert len(mails()) == 1


def test_a_code_that_is_too_late_is_never_sent() -> None:
    row = post(timezone.now() - dt.timedelta(seconds=1))

    assert mails() == []
    row.refresh_from_db()
    assert row.done_at is not None
    assert row.recipient is None


def test_a_mail_server_that_is_away_only_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    row = post(timezone.now() + dt.timedelta(minutes=10))
    now = timezone.now()

    def away(*_args: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(mail.EmlFiles, "send_messages", away)
        assert mail.send_due(now) == 0
    row.refresh_from_db()
    assert row.tries == 1
    assert row.not_before > now

    assert mail.send_due(row.not_before) == 1
