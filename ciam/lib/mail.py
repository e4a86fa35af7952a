"""Outgoing mail: a row in the transaction of what it tells, sent by a worker.

Templates live in `templates/emails/<name>/{subject.txt,body.txt,body.html}`.
"""

import datetime as dt
import json
import logging
import smtplib
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone, translation

from ciam.lib.models import Mail
from ciam.lib.outbox import TryLater, claim_due, give_to_human, postpone, settle
from ciam.lib.wake import wake

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
Context = dict[str, str | int | dict[str, str] | None]


def post(template: str, recipient: str, context: Context, *, until: dt.datetime, locale: str = "en") -> Mail:
    """Put a mail into the box. After `until` it is thrown away unsent: a late code helps nobody."""
    mail = Mail.objects.create(
        template=template,
        recipient=recipient,
        context=json.dumps(context),
        locale=locale,
        not_before=timezone.now(),
        expires_at=until,
    )
    wake("lib.send_mail")
    return mail


def send_due(now: dt.datetime, most: int = 20) -> int:
    """Send what waits; returns how many left the house."""
    sent = 0
    for mail in claim_due(Mail.objects.filter(done_at=None), most=most, lease=LEASE, now=now):
        if mail.expires_at <= now:
            _done(mail, now)
            continue
        try:
            _message(mail).send()
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, OSError) as error:
            postpone(mail, now, TryLater(type(error).__name__))
        except smtplib.SMTPException as error:
            give_to_human(mail, now, f"The mail server refused: {type(error).__name__}.")
        except Exception as error:
            # Whatever one mail is made of, the others go out. The message could hold the address.
            log.error("mail %s can't be sent: %s", mail.pk, type(error).__name__)
            give_to_human(mail, now, f"This mail can't be written: {type(error).__name__}.")
        else:
            _done(mail, now)
            sent += 1
    return sent


def _done(mail: Mail, now: dt.datetime) -> None:
    settle(mail, now, done_at=now, recipient=None, context=None)


def _message(mail: Mail) -> EmailMultiAlternatives:
    context = json.loads(mail.context or "{}")
    folder = f"emails/{mail.template}"
    with translation.override(mail.locale):
        subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject, render_to_string(f"{folder}/body.txt", context), to=[mail.recipient or ""]
        )
        message.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    return message


class EmlFiles(BaseEmailBackend):
    """The development mailbox: each mail a file that any mail program opens."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}.eml"
            partial = settings.MAIL_DIR / f".{name}"
            partial.write_bytes(message.message().as_bytes())
            partial.rename(settings.MAIL_DIR / name)
        return len(email_messages)
