"""What brands know of the members that they had before handles had a brand's scope."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

HANDLES = """
INSERT INTO accounts_identifier
  (id, account_id, realm, kind, scope, label, value, normal, is_primary, created_at)
SELECT gen_random_uuid(), own.account_id, own.realm, handle, member.brand_id::text, '', own.value, own.normal,
  true, member.since
FROM accounts_membership AS member
JOIN accounts_identifier AS own ON own.account_id = member.account_id
  AND own.kind = 'email' AND own.scope = '' AND own.is_primary AND own.retired_at IS NULL,
  unnest(ARRAY['email', 'username']) AS handle
WHERE member.status <> 'ended'
"""

REGISTERED = """
UPDATE accounts_membership AS member SET registered_at = member.since
FROM accounts_account AS account
WHERE account.id = member.account_id AND account.kind = 'full' AND member.how = 'registration'
"""


def fold_values(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("accounts", "ProfileValue").objects
    for row in rows.iterator(chunk_size=1_000):
        if isinstance(row.value, list):
            row.words = [text.casefold()[:200] for text in row.value]
        else:
            row.folded = row.value.casefold()[:200]
        row.save(update_fields=["words", "folded"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_handles_of_brands")]

    operations = [
        migrations.RunSQL(HANDLES, migrations.RunSQL.noop),
        migrations.RunSQL(REGISTERED, migrations.RunSQL.noop),
        migrations.RunPython(fold_values, migrations.RunPython.noop),
    ]
