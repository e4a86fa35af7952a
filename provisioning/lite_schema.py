"""The form door as the schema of the API tells it."""

from typing import Any

from rest_framework import serializers

from accounts.attributes import ATTRIBUTES
from accounts.models import Source
from provisioning.lite_form import TRAP, FormFields


class LiteForm(FormFields):
    key = serializers.CharField(max_length=60, help_text="The form's public key.")
    purpose = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="For plain forms: “key version locale text-hash” of each purpose that is ticked.",
    )
    return_to = serializers.CharField(
        max_length=2_000, required=False, help_text="For plain forms: the page that thanks."
    )

    def get_fields(self) -> dict[str, Any]:
        """With the attributes that a website may say at all, and the field that people must not see."""
        fields: dict[str, Any] = super().get_fields()
        for name, attribute in ATTRIBUTES.items():
            if Source.WEBSITE in attribute.said_by:
                told = f"{attribute.label}. A list may be sent as one text with commas."
                fields[name] = serializers.CharField(required=False, help_text=told)
        fields[TRAP] = serializers.CharField(required=False, help_text="Hidden, and always empty.")
        return fields


class Accepted(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["accepted"])


class Refusal(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Never changes.")
    detail = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField(), help_text="A sentence for each field.")  # type: ignore[assignment]
