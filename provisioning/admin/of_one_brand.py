from typing import Any

from django import forms
from django.utils.translation import gettext as _


class OfOneBrand(forms.BaseForm):
    """For forms with a brand and a purpose, which has to be of that brand."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        brand, purpose = self.cleaned_data.get("brand"), self.cleaned_data.get("purpose")
        if brand and purpose and purpose.brand_id != brand.pk:
            self.add_error("purpose", _("This purpose is another brand's."))
        return cleaned
