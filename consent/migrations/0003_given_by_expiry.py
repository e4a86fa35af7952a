from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("consent", "0002_what_a_wording_covers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="consentrecord",
            index=models.Index(
                condition=models.Q(("decision", "given"), ("expires_at__isnull", False)),
                fields=["expires_at"],
                name="given_by_expiry",
            ),
        ),
    ]
