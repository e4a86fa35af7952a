"""Pages of the demo: the mailbox that all mail goes to, and every component in every state."""

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

NAME = re.compile(r"^[0-9A-Za-z-]+\.eml$")
MOST = 50


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The demo begins at the shop."""
    return redirect(settings.SHOP_URL)


@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    files = sorted(settings.MAIL_DIR.glob("[!.]*.eml"), reverse=True)[:MOST]
    mails = [{"name": file.name, **_summary(_read(file))} for file in files]
    return render(request, "dev/mailbox.html", {"mails": mails})


@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    file: Path = settings.MAIL_DIR / name
    if not NAME.match(name) or not file.is_file():
        raise Http404
    message = _read(file)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return render(request, "dev/mail.html", {**_summary(message), "text": text})


def _read(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def _summary(message: EmailMessage) -> dict[str, str]:
    return {"subject": message["subject"], "to": message["to"], "date": message["date"]}


class ComponentsForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As people call you.")
    email = forms.EmailField(label="E-mail address")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    code = forms.CharField(
        label="Code", widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )
    country = forms.ChoiceField(label="Country", choices=[("", "-"), ("DE", "Germany"), ("FR", "France")])
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="Yes, I agree")


@require_GET
def components(request: HttpRequest) -> HttpResponse:
    context = {
        "form": ComponentsForm({"email": "not an address"}),
        "empty_form": ComponentsForm(prefix="empty"),
        "action": request.path,
    }
    return render(request, "dev/components.html", context)
