from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts import events
from accounts.admin import FactsTable, ReadOnly, operator_of
from accounts.events import Change, EventType
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

    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool) -> None:
        """The last thing that is saved: what hangs on the purpose hears of all of it at once."""
        super().save_related(request, form, formsets, change)
        worded = ("version",) if any(formset.new_objects for formset in formsets) else ()
        changed = (*form.changed_data, *worded)
        if changed:
            fields = (f"purpose.{form.instance.key}", *changed)
            brand_id, actor = form.instance.brand_id, operator_of(request)
            events.record([Change(EventType.PURPOSE_CHANGED, None, actor, brand_id, fields)])


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnly):
    list_display = ["said_at", "account", "purpose", "decision", "method", "surface"]
    list_filter = ["decision", "method", "purpose"]
    show_full_result_count = False
    ordering = ["-id"]
