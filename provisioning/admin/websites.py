"""The operator's workbench for websites: what each may do, and its tokens, which are shown once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import ReadOnly
from accounts.attributes import ATTRIBUTES
from provisioning.admin.of_one_brand import OfOneBrand
from provisioning.models import Scope, Website, WebsiteToken
from provisioning.websites import fresh_token

Choices = list[tuple[str, str]]


def _attributes() -> Choices:
    return [(name, str(attribute.label)) for name, attribute in ATTRIBUTES.items()]


def _several(choices: Any, help_text: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=help_text
    )


class WebsiteForm(OfOneBrand, forms.ModelForm[Website]):
    attributes = _several(_attributes, gettext_lazy("What it may say of a customer, and be let know."))
    client_scopes = _several(Scope.choices, gettext_lazy("What tokens of this app may do."))

    origins = SimpleArrayField(
        forms.URLField(assume_scheme="https"),
        required=False,
        help_text=gettext_lazy("Where its plain form stands, with commas between them: https://shop.example"),
    )

    class Meta:
        model = Website
        fields = [
            *("name", "brand", "is_active", "attributes", "purpose", "is_trusted"),
            *("client_id", "client_scopes", "form_key", "origins"),
        ]


@admin.register(Website)
class WebsiteAdmin(admin.ModelAdmin[Website]):
    form = WebsiteForm
    list_display = ["name", "brand", "is_active", "attributes", "purpose", "client_id"]
    list_filter = ["brand", "is_active"]
    list_select_related = ["brand", "purpose"]

    def has_delete_permission(self, request: HttpRequest, obj: Website | None = None) -> bool:
        return False


class NewTokenForm(forms.ModelForm[WebsiteToken]):
    scopes = _several(Scope.choices, gettext_lazy("No more than the website needs."))

    class Meta:
        model = WebsiteToken
        fields = ["website", "name", "scopes", "expires_at"]


@admin.register(WebsiteToken)
class WebsiteTokenAdmin(ReadOnly):
    """To rotate a token: add one, hand it over, delete the old one. Both work until then."""

    form = NewTokenForm
    list_display = ["name", "website", "scopes", "created_at", "expires_at"]
    list_filter = ["website"]
    list_select_related = ["website"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = ["website", "name", "scopes", "expires_at"]
        return [*fields, "created_at"] if obj else fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("provisioning.add_websitetoken")

    def has_delete_permission(self, request: HttpRequest, obj: WebsiteToken | None = None) -> bool:
        return request.user.has_perm("provisioning.delete_websitetoken")

    def save_model(self, request: HttpRequest, obj: WebsiteToken, form: NewTokenForm, change: bool) -> None:
        token, obj.hash = fresh_token()
        super().save_model(request, obj, form, change)
        text = _("The token, shown this once:")
        self.message_user(request, format_html("{} <code>{}</code>", text, token), messages.WARNING)
