"""The form of a target: what its kind asks for, as fields. Secrets go in and never come out."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.attributes import ATTRIBUTES
from provisioning.admin.of_one_brand import OfOneBrand
from provisioning.connectors import KINDS
from provisioning.connectors.base import Setting, TakesEvents
from provisioning.labels import label
from provisioning.mapping import EMAIL, mapping_of
from provisioning.models import Connector, Link, Outcome

SETTING, MAPS = "setting_", "maps_"
MAPPABLE = (EMAIL, *ATTRIBUTES)


class NewConnectorForm(OfOneBrand, forms.ModelForm[Connector]):
    """First what it is; what its kind asks for comes on the next page."""

    kind = forms.ChoiceField(choices=lambda: [(kind.kind, kind.title) for kind in KINDS.values()])

    class Meta:
        model = Connector
        fields = ["name", "brand", "kind", "purpose"]


class ConnectorForm(forms.ModelForm[Connector]):
    """`form_for` adds the fields of the kind: of its settings, of the mapping, and of the events."""

    new_secret = forms.CharField(
        label=gettext_lazy("New secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stored encrypted and never shown. Empty: the one there is stays."),
    )

    class Meta:
        model = Connector
        fields = ["name", "purpose", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purpose = self.fields.get("purpose")
        if isinstance(purpose, forms.ModelChoiceField):
            purpose.queryset = self.instance.brand.purposes.all()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        kind = KINDS.get(self.instance.kind)
        if kind and kind.default_mapping and not self._entered(MAPS):
            raise forms.ValidationError(_("Name a field for one attribute at least."))
        self._check_moved_fields()
        self._check_moved_address()
        return cleaned

    def _check_moved_fields(self) -> None:
        """What it holds in a field that nobody names any more could never be cleared there."""
        kind = KINDS.get(self.instance.kind)
        before = mapping_of(self.instance, kind.default_mapping if kind else {})
        after = self._entered(MAPS)
        for name, field in before.items():
            # An address that stays there so as not to forget a no is cleared by nobody.
            holding = Link.objects.filter(connector=self.instance, held__contains=[name])
            if after.get(name) != field and holding.exclude(outcome=Outcome.SUPPRESSED).exists():
                said = _(
                    "It still holds this in “%(field)s”: untick it in the matrix first, and wait for the run."
                )
                self.add_error(f"{MAPS}{name}", said % {"field": field})

    def _check_moved_address(self) -> None:
        """A secret stays with its address: who may not see it could else have it sent elsewhere."""
        kind = KINDS.get(self.instance.kind)
        addresses = [one for one in (kind.settings if kind else ()) if one.name.endswith("_url")]
        has_secret = Connector.objects.filter(pk=self.instance.pk, secret__isnull=False).exists()
        if not has_secret or self.cleaned_data.get("new_secret"):
            return
        for one in addresses:
            said = self.cleaned_data.get(f"{SETTING}{one.name}") or one.default
            if said != (self.instance.settings.get(one.name) or one.default):
                self.add_error("new_secret", _("The address is another one: enter the secret again."))

    def save(self, commit: bool = True) -> Connector:
        kind = KINDS.get(self.instance.kind)
        default = dict(kind.default_mapping) if kind else {}
        mapping = self._entered(MAPS)
        # The kind's own suggestion isn't written down, so that a better one in a later version counts.
        self.instance.mapping = {} if mapping == default else mapping
        # What this version of the program doesn't ask for is another's.
        asked = {setting.name for setting in kind.settings} if kind else set()
        kept = {name: value for name, value in self.instance.settings.items() if name not in asked}
        self.instance.settings = {**kept, **self._entered(SETTING)}
        if "event_types" in self.cleaned_data:
            self.instance.event_types = self.cleaned_data["event_types"]
        if kind:
            self.instance.keeps_state = kind.batch_size > 0
        saved: Connector = super().save(commit)
        return saved

    def _entered(self, prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value
        }


def form_for(connector: Connector) -> type[ConnectorForm]:
    """A form with the fields that this target's kind asks for."""
    fields = {
        **setting_fields(connector),
        **mapping_fields(connector),
        **event_fields(connector),
    }
    return type("ConnectorForm", (ConnectorForm,), fields)


def setting_fields(connector: Connector) -> Mapping[str, forms.Field]:
    kind = KINDS.get(connector.kind)
    settings = kind.settings if kind else ()
    return {f"{SETTING}{one.name}": _setting(one, connector.settings.get(one.name)) for one in settings}


def _setting(setting: Setting, value: object) -> forms.Field:
    common: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.help,
        "required": setting.required,
        "initial": "" if value is None else str(value),
    }
    if setting.choices:
        choices = [(choice, choice) for choice in setting.choices]
        if not setting.required:
            choices.insert(0, ("", setting.default or "—"))
        return forms.ChoiceField(choices=choices, **common)
    look = forms.TextInput(attrs={"placeholder": setting.default, "class": "vTextField"})
    return forms.CharField(max_length=500, widget=look, **common)


def mapping_fields(connector: Connector) -> Mapping[str, forms.Field]:
    """One for each attribute; what is empty has no field there."""
    kind = KINDS.get(connector.kind)
    default: Mapping[str, str] = kind.default_mapping if kind else {}
    mapping = mapping_of(connector, default)
    return {
        f"{MAPS}{name}": forms.CharField(
            label=str(label(name)),
            required=False,
            max_length=200,
            initial=mapping.get(name, ""),
            widget=forms.TextInput(attrs={"placeholder": default.get(name, ""), "class": "vTextField"}),
        )
        for name in MAPPABLE
    }


def event_fields(connector: Connector) -> Mapping[str, forms.Field]:
    kind = KINDS.get(connector.kind)
    if not isinstance(kind, TakesEvents):
        return {}
    return {
        "event_types": forms.MultipleChoiceField(
            label=gettext_lazy("Events"),
            choices=[(one, one) for one in kind.event_types],
            required=False,
            initial=connector.event_types,
            widget=forms.CheckboxSelectMultiple,
            help_text=gettext_lazy("It is told when one of these happens."),
        )
    }
