"""An account elsewhere. Nothing is typed here: a link leads to the provider, and from there back."""

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from auth_flows.assurance import Method
from auth_flows.byoid.offers import Button, home_of, words
from auth_flows.models import Intent, LinkedIdentity, Provider
from auth_flows.steps.base import ProofStep, Stale
from auth_flows.walk import Walk


class Upstream(ProofStep):
    name = "upstream"
    method = Method.UPSTREAM
    way = _("Use an account I have elsewhere")
    title = _("Sign in with another account")

    def context(self, form: forms.Form) -> dict[str, object]:
        home = home_of(self.walk.draft.normal, self.walk.providers)
        leads = home is not None and self.walk.account is None
        return {
            "home": home.name if home and leads else "",
            "providers": buttons(self.walk, (home,) if home and leads else self._theirs()),
        }

    def _theirs(self) -> tuple[Provider, ...]:
        """Of a person whom we know those that are linked; of everybody else all."""
        if self.walk.account is None:
            return self.walk.providers
        linked = set(
            LinkedIdentity.objects.filter(account=self.walk.account).values_list("provider", flat=True)
        )
        return tuple(one for one in self.walk.providers if one.pk in linked)

    def check(self, form: forms.Form) -> None:
        raise Stale  # nothing that is posted proves anything


def buttons(walk: Walk, providers: tuple[Provider, ...]) -> list[Button]:
    return [Button(words(one), reverse("upstream-leave", args=[walk.row.pk, one.slug])) for one in providers]


def brought(walk: Walk) -> dict[str, object]:
    """For the first page: where else people may come from, the same for everybody; or, for whoever has come
    back without an address, from where."""
    if walk.row.intent == Intent.RECOVER:
        return {}
    if walk.draft.upstream is None:
        return {"providers": buttons(walk, walk.providers)}
    names = {str(one.pk): one.name for one in walk.providers}
    return {
        "came_from": names.get(walk.draft.upstream.provider_id, ""),
        "came_as": walk.draft.upstream.label,
    }
