"""Outgoing mail: a row in the transaction of what it tells, sent by a worker.

Templates live in `templates/emails/<name>/{subject.txt,body.txt,body.html}`.
"""

import datetime as dt
import json
import logging
import smtplib
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models, transaction
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils import timezone, translation

from ciam.lib.crypto import Unreadable, decrypt
from ciam.lib.models import Mail
from ciam.lib.outbox import TryLater, claim_due, give_to_human, postpone, settle
from ciam.lib.wake import wake

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
Context = dict[str, str | int | dict[str, str] | None]


@dataclass(frozen=True)
class Letter:
    """A mail to one person, as its template wants it."""

    recipient: str
    context: Context
    locale: str = "en"


def post(template: str, recipient: str, context: Context, *, until: dt.datetime, locale: str = "en") -> Mail:
    """Put a mail into the box. After `until` it is thrown away unsent: a late code helps nobody."""
    return post_all(template, [Letter(recipient, context, locale)], until=until)[0]


def post_all(template: str, letters: Iterable[Letter], *, until: dt.datetime) -> list[Mail]:
    """As `post`, for many at once."""
    now = timezone.now()
    mails = Mail.objects.bulk_create(
        Mail(
            template=template,
            recipient=letter.recipient,
            context=json.dumps(letter.context),
            locale=letter.locale,
            not_before=now,
            expires_at=until,
        )
        for letter in letters
    )
    if mails:
        wake("lib.send_mail")
    return mails


def forget(addresses: Collection[str]) -> int:
    """Throw away what waits for these addresses (in lower case), also what waits for an operator.

    Recipients are encrypted, so all mail that waits is read; that is little. What is leaving just now leaves.
    """
    if not addresses:
        return 0
    waiting = Mail.objects.filter(done_at=None)
    theirs = [pk for pk, recipient in _recipients(waiting) if recipient.lower() in addresses]
    with transaction.atomic():
        free = waiting.filter(pk__in=theirs).order_by("pk").select_for_update(skip_locked=True)
        return Mail.objects.filter(pk__in=[mail.pk for mail in free.defer("recipient", "context")]).delete()[
            0
        ]


def _recipients(mails: "models.QuerySet[Mail]") -> Iterator[tuple[uuid.UUID, str]]:
    # Past the field, whose decryption would stop at the first one of a lost key.
    sealed = mails.annotate(sealed=Cast("recipient", models.BinaryField()))
    for pk, recipient in sealed.values_list("pk", "sealed"):
        try:
            yield pk, decrypt(recipient)
        except Unreadable:
            continue  # nobody can read to whom it goes, nor send it


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
    context = {"site_url": settings.BASE_URL, **json.loads(mail.context or "{}")}
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
