"""What each call of a website asks and each change tells, as functions: see `accounts.0006_asked_each_time`."""

from django.db import migrations

# `provisioning/scim/looking.py` reads it: members by their ids or, without these, by a handle.
MEMBERS_SEEN = """
CREATE FUNCTION provisioning_members_seen(
  the_brand uuid, the_website uuid, the_source text, the_speaker text, released text[], the_person uuid,
  keys uuid[], the_scope text, the_kind text, the_handle text
) RETURNS TABLE (
  member accounts_membership, handles json, said json, answers json, segments json, is_restricted boolean
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT
    member,
    (SELECT json_agg(json_build_array(scope, kind, value, normal, label, is_primary, by_default) ORDER BY id)
     FROM accounts_identifier AS handle
     WHERE handle.account_id = member.account_id AND retired_at IS NULL
       AND (scope = the_brand::text OR scope = the_website::text)),
    (SELECT json_agg(json_build_array(id, attribute, value, source, said_by, said_at, verified_at))
     FROM accounts_profilevalue AS value
     WHERE value.account_id = member.account_id
       AND ((source = the_source AND said_by = the_speaker) OR attribute = ANY(released))),
    (SELECT json_agg(json_build_array(purpose.key, purpose.id, decision, version.number, text_hash, locale,
        said_at, surface, expires_at, version.releases) ORDER BY purpose.key)
     FROM (SELECT DISTINCT ON (purpose_id) * FROM consent_consentrecord AS record
           WHERE record.account_id = member.account_id ORDER BY purpose_id, at DESC, id DESC) AS stands
     JOIN consent_purpose AS purpose ON purpose.id = stands.purpose_id AND purpose.brand_id = the_brand
     JOIN consent_purposeversion AS version ON version.id = stands.version_id),
    (SELECT json_agg(json_build_array(segment.id, segment.name) ORDER BY segment.id)
     FROM accounts_segmentmember AS joined JOIN accounts_segment AS segment ON segment.id = joined.segment_id
     WHERE joined.membership_id = member.id),
    account.restricted_at IS NOT NULL
  FROM accounts_membership AS member JOIN accounts_account AS account ON account.id = member.account_id
  WHERE member.id = ANY(COALESCE(keys, ARRAY(
      SELECT called.id FROM accounts_identifier AS handle
      JOIN accounts_membership AS called ON called.account_id = handle.account_id AND called.brand_id = the_brand
      WHERE handle.scope = the_scope AND handle.scope <> '' AND handle.kind = the_kind
        AND handle.normal = the_handle AND handle.retired_at IS NULL)))
    AND member.brand_id = the_brand AND member.status <> 'ended'
    AND account.realm = 'customer' AND (the_person IS NULL OR member.account_id = the_person);
END $$
"""

# `provisioning/listening.py` calls it: for all links that a change of these accounts concerns or, where
# connectors are given, for these pairs. How many there were.
WANT = """
CREATE FUNCTION provisioning_want(
  the_wanted uuid, accounts uuid[], connectors uuid[] DEFAULT NULL, members uuid[] DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  number bigint;
BEGIN
  IF connectors IS NULL THEN
    -- Their targets: the active ones of each brand that they were ever with, and those linked before.
    SELECT array_agg(account_id), array_agg(connector_id), array_agg(member_id)
    INTO accounts, connectors, members
    FROM (
      SELECT DISTINCT ON (account_id, connector_id) account_id, connector_id, member_id FROM (
        SELECT member.account_id, connector.id AS connector_id, member.id AS member_id
        FROM accounts_membership AS member JOIN provisioning_connector AS connector USING (brand_id)
        WHERE connector.is_active AND connector.keeps_state AND member.account_id = ANY(accounts)
        UNION ALL
        SELECT link.account_id, link.connector_id, link.member_id FROM provisioning_link AS link
        JOIN provisioning_connector AS known ON known.id = link.connector_id
        WHERE known.keeps_state AND link.account_id = ANY(accounts)
      ) AS concerned
    ) AS pair;
  END IF;
  -- In the order of `pair` every writer locks links, so that two never wait for each other.
  -- A row that a worker talks about keeps its lease: two at once could bring the older state after the newer.
  -- Times are the database's, which all machines share.
  INSERT INTO provisioning_link AS link
    (id, account_id, connector_id, member_id, wanted, behind_since, not_before, created_at,
     tries, needs_human, remote_id, held, subscription_mark, outcome, trouble)
  SELECT gen_random_uuid(), account_id, connector_id, member_id, the_wanted, now, now, now,
     0, '', '', '{}', '', '', ''
  FROM (SELECT * FROM unnest(accounts, connectors, members) AS named (account_id, connector_id, member_id)
        ORDER BY account_id, connector_id) AS pair, clock_timestamp() AS now
  ON CONFLICT (connector_id, account_id) DO UPDATE SET
    wanted = EXCLUDED.wanted,
    needs_human = '',
    tries = 0,
    behind_since = CASE WHEN link.sent = link.wanted THEN EXCLUDED.behind_since ELSE link.behind_since END,
    not_before = CASE WHEN link.claim IS NULL THEN EXCLUDED.not_before ELSE link.not_before END;
  GET DIAGNOSTICS number = ROW_COUNT;
  RETURN number;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_asked_each_time"),
        ("consent", "0002_what_a_wording_covers"),
        ("provisioning", "0003_matrix_deliveries_and_runs"),
    ]

    operations = [
        migrations.RunSQL(
            MEMBERS_SEEN,
            "DROP FUNCTION provisioning_members_seen"
            "(uuid, uuid, text, text, text[], uuid, uuid[], text, text, text)",
        ),
        migrations.RunSQL(WANT, "DROP FUNCTION provisioning_want(uuid, uuid[], uuid[], uuid[])"),
    ]
