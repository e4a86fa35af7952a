from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import FactsTable, ReadOnly
from accounts.models import Account
from consent.models import ConsentRecord, Purpose, PurposeVersion


def consents_of(account: Account) -> FactsTable:
    """The account's line in the ledger, the newest first."""
    records = ConsentRecord.objects.filter(account=account).select_related("version", "purpose__brand")
    rows = [
        (
            f"{record.said_at:%Y-%m-%d %H:%M:%S}",
            record.purpose,
            record.version.number,
            record.decision,
            record.method,
            record.surface,
        )
        for record in records.order_by("-id")[:50]
    ]
    return FactsTable("Consents", ("when", "purpose", "version", "answer", "how", "where"), rows)


class VersionInline(admin.StackedInline[PurposeVersion, Purpose]):
    model = PurposeVersion
    extra = 0
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # people have agreed to exactly this wording: a new one is a new version


@admin.register(Purpose)
class PurposeAdmin(admin.ModelAdmin[Purpose]):
    list_display = ["key", "brand", "lawful_basis", "required", "double_opt_in", "channels"]
    list_filter = ["brand"]
    inlines = [VersionInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnly):
    list_display = ["said_at", "account", "purpose", "decision", "method", "surface"]
    list_filter = ["decision", "method", "purpose"]
    show_full_result_count = False
    ordering = ["-id"]
