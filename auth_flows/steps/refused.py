"""The end of a way, told plainly, with the way back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from auth_flows.facts import Facts, is_hopeless
from auth_flows.requirement import Need
from auth_flows.steps.base import Step


class Refused(Step):
    name = "refused"
    title = _("This can't go on")

    @classmethod
    def needed(cls, facts: Facts, need: Need) -> bool:
        return is_hopeless(facts, need)

    def context(self, form: forms.Form) -> dict[str, object]:
        if self.walk.floor.refused:
            return {
                "sentence": _(
                    "This sign-in looks so unlike a person's that we have stopped it. Nothing was changed. "
                    "Try again with a device and a network that you have used before, "
                    "or write to our customer service."
                )
            }
        person = self.walk.facts().person
        if person and not person.active:
            return {"sentence": _("This account is suspended. Please write to our customer service.")}
        if self.walk.need().level > 2:
            return {"sentence": _("This needs a passkey. Sign in to your account first and add one.")}
        return {
            "sentence": _(
                "This needs a second factor, and your account has none. "
                "Sign in to your account first and add one."
            )
        }
