from django.db import models

from ciam.lib.ids import uuid7
from consent.models import Purpose
from provisioning.models.connector import Connector


class Release(models.Model):
    """A cell of the matrix: for this purpose this target may know this attribute.

    It opens nothing by itself: the person must have agreed to the purpose, or not objected to it, the wording
    they agreed to must tell of the attribute, and the connector must map it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="releases")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    attribute = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "purpose", "attribute"], name="one_cell_per_purpose_and_attribute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute} for {self.purpose} to {self.connector}"
