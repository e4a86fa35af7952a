from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auth_flows", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(("account_id__isnull", False)),
                fields=["account_id"],
                name="sign_in_of_account",
            ),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(("draft__isnull", False), ("request__isnull", False), _connector="OR"),
                fields=["expires_at"],
                name="sign_in_holds_words",
            ),
        ),
    ]
