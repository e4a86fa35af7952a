"""What each call of a website asks and tells of accounts, as functions.

PostgreSQL keeps their plans for as long as a connection lasts, also behind a pooler that hands connections
from transaction to transaction; to plan these statements took longer than to run them. A later change is a
function of another name, so that the release before goes on finding its own.
"""

from django.db import migrations

# By which of these handles somebody is known, the first that is one's; those without a scope come last. Each
# is asked by itself, so that it is answered by the index for its kind of scope.
# Of nobody the same is asked as of somebody: `registration.meet` says why.
RECOGNISE = """
CREATE FUNCTION accounts_recognise(
  the_brand uuid, nobody uuid, scopes text[], kinds text[], normals text[]
) RETURNS TABLE (scope text, member uuid, account accounts_account) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  holder uuid;
BEGIN
  FOR place IN 1 .. cardinality(scopes) LOOP
    scope := scopes[place];
    IF scope = '' THEN
      SELECT account_id INTO holder FROM accounts_identifier AS handle
      WHERE handle.scope = '' AND kind = kinds[place] AND normal = normals[place] AND realm = 'customer'
        AND is_primary AND retired_at IS NULL;
    ELSE
      SELECT account_id INTO holder FROM accounts_identifier AS handle
      WHERE handle.scope = scopes[place] AND handle.scope <> '' AND kind = kinds[place]
        AND normal = normals[place] AND realm = 'customer' AND is_primary AND retired_at IS NULL;
    END IF;
    EXIT WHEN holder IS NOT NULL;
  END LOOP;
  holder := COALESCE(holder, nobody);
  SELECT * INTO account FROM accounts_account AS one WHERE one.id = holder FOR UPDATE;
  SELECT id INTO member FROM accounts_membership WHERE account_id = holder AND brand_id = the_brand;
  IF account.id IS NOT NULL THEN
    RETURN NEXT;
  END IF;
END $$
"""

TOUCH = """
CREATE FUNCTION accounts_touch(
  the_moment timestamptz, ids uuid[], speaking uuid[], accounts uuid[], brands uuid[]
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  UPDATE accounts_membership AS member SET changed_at = GREATEST(member.changed_at, the_moment)
  FROM unnest(accounts, brands) AS pair (account_id, brand_id)
  WHERE member.account_id = pair.account_id AND member.brand_id = pair.brand_id;
  UPDATE accounts_account SET
    version = version + 1,
    contact_at = CASE WHEN id = ANY(speaking) THEN GREATEST(contact_at, the_moment) ELSE contact_at END,
    warned_at = CASE WHEN id = ANY(speaking) THEN NULL ELSE warned_at END
  WHERE id = ANY(ids);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_restriction_and_targets")]

    operations = [
        migrations.RunSQL(RECOGNISE, "DROP FUNCTION accounts_recognise(uuid, uuid, text[], text[], text[])"),
        migrations.RunSQL(TOUCH, "DROP FUNCTION accounts_touch(timestamptz, uuid[], uuid[], uuid[], uuid[])"),
    ]
