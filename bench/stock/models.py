from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet
from django_scim.models import AbstractSCIMUserMixin


class User(AbstractSCIMUserMixin, AbstractUser):  # type: ignore[misc]
    """The user model that django-scim2's documentation tells a project to write."""

    @property
    def scim_groups(self) -> QuerySet[Any]:
        groups: QuerySet[Any] = self.groups.all()
        return groups
