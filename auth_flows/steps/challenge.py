"""A task for the browser where so much was tried, or a risk asks: the same whether an account exists or not.

Nobody needs JavaScript, or somebody else's script, to get past it: a short wait counts as well, a few times,
and whoever signs in may have a code mailed instead.
"""

import datetime as dt
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auth_flows import captcha
from auth_flows.assurance import Method
from auth_flows.facts import Facts, methods, next_method
from auth_flows.held_back import too_many
from auth_flows.models import Intent
from auth_flows.requirement import Need
from auth_flows.steps.base import Stale, Step
from auth_flows.steps.email_code import EmailCode
from auth_flows.walk import account_key
from ciam.lib.captcha import LIFETIME, Altcha, Outcome, Vendor
from ciam.lib.captcha.altcha import as_text
from ciam.lib.captcha.siteverify import SiteVerify
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit, once

WAIT = 30
"""Seconds."""
WAITS_OF_A_NETWORK = Limit("waits from a network", most=20, seconds=3_600)
WAITS_OF_AN_ACCOUNT = Limit("waits for an account", most=6, seconds=3_600)
SALT = "auth_flows.steps.challenge"


class ChallengeForm(forms.Form):
    since = forms.CharField(widget=forms.HiddenInput, max_length=200)


class Challenge(Step):
    name = "challenge"
    title = gettext_lazy("A quick check")

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        if not facts.identifier:
            return False
        coming = next_method(facts, need)
        if facts.challenged and facts.proofs:
            return True
        # A mailed code that was asked for instead proves more than a solved task.
        by_mail = facts.intent == Intent.SIGN_IN and facts.way is coming is Method.EMAIL_CODE
        return (facts.challenged or facts.crowded) and coming is not None and not by_mail

    def form(self, data: Any = None) -> forms.Form:
        if data is not None and not self._is_live(str(data.get("since", ""))):
            data = {"since": self._now()}
        return ChallengeForm(data, initial={"since": self._now()})

    def context(self, form: forms.Form) -> dict[str, object]:
        vendor = captcha.vendor_of(self.walk.brand)
        until = self.walk.now + LIFETIME
        intent = self.walk.row.intent
        task = vendor.challenge(intent, captcha.hostname(), until) if isinstance(vendor, Altcha) else None
        return {
            "task": as_text(task) if task else "",
            "vendor": vendor if isinstance(vendor, SiteVerify) else None,
            "action_name": intent,
            "seconds": max(1, self._left(str(form["since"].value()))),
            "others": self._others(),
        }

    def _others(self) -> list[dict[str, object]]:
        facts = self.walk.facts()
        mailed = Method.EMAIL_CODE in methods(facts, self.walk.need()) and not facts.proofs
        if not mailed or facts.intent != Intent.SIGN_IN:
            return []
        return [{"name": EmailCode.name, "label": EmailCode.way}]

    def csp(self) -> dict[str, list[str]]:
        vendor = captcha.vendor_of(self.walk.brand)
        if not isinstance(vendor, SiteVerify):
            return {}
        return {directive: [*sources] for directive, sources in vendor.csp.items()}

    def check(self, form: forms.Form) -> None:
        vendor = captcha.vendor_of(self.walk.brand)
        token = self.walk.request.POST.get(vendor.field, "") if vendor else ""
        why = self._why_not(vendor, token) if vendor and token else ""
        if why or not token:
            self._check_wait(form.cleaned_data["since"], why)

    def _why_not(self, vendor: Vendor, token: str) -> str:
        """Why the task does not count as solved; empty: it does."""
        walk = self.walk
        intent = Intent(walk.row.intent)
        match captcha.is_solved(vendor, token, walk.request, intent, account_key(walk), walk.now):
            case Outcome.UNAVAILABLE:
                return _("The check can't be reached just now.")
            case Outcome.REJECTED:
                return _("That did not count: it came too late, or was used before.")
        return ""

    def _check_wait(self, since: str, why: str) -> None:
        now = self.walk.now
        left = self._left(since)
        if left > 0:
            told = _("Let your browser finish the check, or wait %(seconds)d seconds and press “Continue”.")
            raise ValidationError(f"{why} {told % {'seconds': left}}".strip(), code="not_yet")
        try:
            hit(WAITS_OF_A_NETWORK, network_of(self.walk.request), now)
            hit(WAITS_OF_AN_ACCOUNT, account_key(self.walk), now)
        except TooMany as error:
            raise too_many(error) from error
        if not once("challenge waited for", since, now + 2 * LIFETIME):
            raise Stale

    def apply(self, form: forms.Form) -> None:
        self.walk.row.captcha_at = self.walk.now
        self.walk.draft.challenge = False

    def _now(self) -> str:
        return signing.dumps(self.walk.now.timestamp(), salt=f"{SALT} {self.walk.row.pk}")

    def _left(self, since: str) -> int:
        """Seconds still to wait since this page was first shown; all, where somebody made that up."""
        return WAIT - int((self.walk.now - (self._read(since) or self.walk.now)).total_seconds())

    def _is_live(self, since: str) -> bool:
        return self._read(since) is not None

    def _read(self, since: str) -> dt.datetime | None:
        try:
            said = signing.loads(since, salt=f"{SALT} {self.walk.row.pk}")
        except signing.BadSignature:
            return None
        began = dt.datetime.fromtimestamp(said, dt.UTC)
        return began if began > self.walk.now - LIFETIME else None
