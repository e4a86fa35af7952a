"""The form of a provider: what its kind needs, and what would be unsafe. Its secret goes in, never out."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auth_flows.byoid import KINDS
from auth_flows.byoid.apple import Apple
from auth_flows.byoid.identity import Trouble
from auth_flows.byoid.published import safe_address
from auth_flows.models import LinkedIdentity, Provider

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
EVERYBODYS = {
    *("aol.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com"),
    *("mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "qq.com", "t-online.de"),
    *("web.de", "yahoo.com", "yandex.ru", "163.com"),
}
"""Whoever decides about a domain signs in as anybody who has an address there."""
NEVER_LINKS = {"facebook"}


class ProviderForm(forms.ModelForm[Provider]):
    new_secret = forms.CharField(
        label=gettext_lazy("New secret"),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The client's secret; for Apple the whole .p8 file. Stored encrypted and never shown. "
            "Empty: the one there is stays."
        ),
    )

    class Meta:
        model = Provider
        fields = [
            *("name", "slug", "kind", "brand", "issuer", "client_id", "settings", "domains"),
            *("links_verified_email", "is_active", "position"),
        ]

    def clean_issuer(self) -> str:
        issuer = str(self.cleaned_data["issuer"]).strip()
        _check_address(issuer)
        if "?" in issuer or "#" in issuer or issuer.endswith("/.well-known/openid-configuration"):
            raise forms.ValidationError(_("Only the issuer, as the provider's own document names it."))
        return issuer

    def clean_domains(self) -> list[str]:
        domains = sorted({str(one).strip().lower() for one in self.cleaned_data["domains"]})
        for domain in domains:
            if not DOMAIN.fullmatch(domain):
                raise forms.ValidationError(_("“%(domain)s” is no domain.") % {"domain": domain})
            if domain in EVERYBODYS:
                said = _("Anybody can have an address at %(domain)s: no provider may decide about it.")
                raise forms.ValidationError(said % {"domain": domain})
            others = Provider.objects.filter(domains__contains=[domain]).exclude(pk=self.instance.pk)
            if others.exists():
                said = _("Another provider decides about %(domain)s already.")
                raise forms.ValidationError(said % {"domain": domain})
        return domains

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        kind = KINDS.get(cleaned.get("kind", ""))
        if kind is None:
            return cleaned
        if kind.needs_issuer and not cleaned.get("issuer") and "issuer" not in self.errors:
            self.add_error("issuer", _("This kind needs the address of its issuer."))
        if cleaned.get("links_verified_email") and kind.kind in NEVER_LINKS:
            self.add_error("links_verified_email", _("It does not say which addresses are verified."))
        self._check_settings(cleaned, kind.settings)
        self._check_moved(cleaned)
        if kind.kind == Apple.kind and cleaned.get("new_secret"):
            self._check_key(cleaned)
        return cleaned

    def _check_settings(self, cleaned: dict[str, Any], known: Any) -> None:
        settings = cleaned.get("settings")
        if not isinstance(settings, dict):
            self.add_error("settings", _("This must be a JSON object."))
            return
        unknown = sorted(set(settings) - set(known))
        if unknown:
            told = ", ".join(f"{name} ({meaning})" for name, meaning in known.items())
            said = _("It has no setting “%(name)s”. It has: %(known)s")
            self.add_error("settings", said % {"name": unknown[0], "known": told})
        for name, value in settings.items():
            if name.endswith("_url"):
                try:
                    _check_address(str(value))
                except forms.ValidationError as error:
                    self.add_error("settings", error)

    def _check_moved(self, cleaned: dict[str, Any]) -> None:
        """A secret stays with its address: who may not see it could else have it sent elsewhere. And who is
        linked is known under the issuer that there was."""
        before = Provider.objects.filter(pk=self.instance.pk).first()
        if before is None or cleaned.get("issuer") is None:
            return
        has_moved = (before.issuer, before.kind) != (cleaned["issuer"], cleaned.get("kind"))
        urls = [
            {k: v for k, v in (s or {}).items() if k.endswith("_url")}
            for s in (before.settings, cleaned.get("settings"))
        ]
        if (has_moved or urls[0] != urls[1]) and before.client_secret and not cleaned.get("new_secret"):
            self.add_error("new_secret", _("The address is another one: enter the secret again."))
        if has_moved and LinkedIdentity.objects.filter(provider=before).exists():
            said = _("People are linked by it: make another provider instead.")
            self.add_error("issuer", said)

    def _check_key(self, cleaned: dict[str, Any]) -> None:
        tried = Provider(
            client_id=cleaned.get("client_id", ""),
            client_secret=cleaned["new_secret"],
            settings=cleaned.get("settings") or {},
        )
        try:
            Apple().secret(tried)
        except Trouble:
            self.add_error("new_secret", _("This is no .p8 key."))


def _check_address(said: str) -> None:
    if said:
        try:
            safe_address(said)
        except Trouble as error:
            raise forms.ValidationError(_("This must be an https address.")) from error
