"""Customers of ours: each with what a website that met them has told, an answer on record, and a link."""

import json
import uuid
from collections.abc import Sequence

from django.db.models import Model

from accounts.models import Account, Identifier, Membership, ProfileValue, Segment, SegmentMember
from bench.crowd import FEW, MANY, group
from bench.filling import Said, fill, insert, polish
from consent.models import ConsentRecord, PurposeVersion, text_hash
from provisioning.models import Connector, Link, Website

Table = tuple[type[Model], Said]

WEBSITE, PURPOSES = "Kaffeehaus shop", ("analytics", "newsletter")  # of the demo


def text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def main(arguments: Sequence[str]) -> None:
    number = int(arguments[0])
    website = Website.objects.select_related("brand").get(name=WEBSITE)
    fill(number, [*_persons(website), *_handles(website), *_values(website), *_records(website)])
    for members in sorted({FEW, min(MANY, number)}):
        _segment(website, members)
    polish()


def _persons(website: Website) -> list[Table]:
    account = {
        "id": "pg_temp.key(i, 'account')",
        "created_at": "pg_temp.moment(i)",
        "contact_at": "pg_temp.moment(i)",
    }
    membership = {
        "id": "pg_temp.member(i)",
        "account": account["id"],
        "brand": text(website.brand_id),
        "how": "'scim'",
        "since": "pg_temp.moment(i)",
        "changed_at": "pg_temp.moment(i)",
    }
    return [(Account, account), (Membership, membership)]


def _handles(website: Website) -> list[Table]:
    brand, site = str(website.brand_id), str(website.pk)
    handles = [
        ("", "email", "pg_temp.email(i)"),
        (brand, "email", "pg_temp.email(i)"),
        (brand, "username", "pg_temp.email(i)"),
        (site, "external_id", "pg_temp.external_id(i)"),
    ]
    return [
        (
            Identifier,
            {
                "id": f"pg_temp.key(i, {text(kind + scope)})",
                "account": "pg_temp.key(i, 'account')",
                "kind": text(kind),
                "scope": text(scope),
                "value": value,
                "normal": value,
            },
        )
        for scope, kind, value in handles
    ]


def _values(website: Website) -> list[Table]:
    interests = "(ARRAY['espresso', 'filter', 'tea', 'machines'])[1 + i % 4]"
    values = {
        "given_name": {"value": "to_jsonb(pg_temp.given_name(i))", "folded": "lower(pg_temp.given_name(i))"},
        "family_name": {
            "value": "to_jsonb(pg_temp.family_name(i))",
            "folded": "lower(pg_temp.family_name(i))",
        },
        "interests": {"value": f"jsonb_build_array({interests})", "words": f"ARRAY[{interests}]"},
    }
    return [
        (
            ProfileValue,
            {
                "id": f"pg_temp.key(i, {text(name)})",
                "account": "pg_temp.key(i, 'account')",
                "attribute": text(name),
                "source": "'website'",
                "said_by": text(website.pk),
                "said_at": "pg_temp.moment(i)",
            }
            | columns,
        )
        for name, columns in values.items()
    ]


def _records(website: Website) -> list[Table]:
    versions = PurposeVersion.objects.filter(
        purpose__brand=website.brand_id, purpose__key__in=PURPOSES, number=1
    )
    answers: list[Table] = [
        (ConsentRecord, answer(website, version)) for version in versions.select_related("purpose")
    ]
    connectors = Connector.objects.filter(brand=website.brand_id).values_list("pk", flat=True)
    return [*answers, *((Link, _link(key)) for key in connectors)]


def answer(website: Website, version: PurposeVersion) -> Said:
    return {
        "id": f"pg_temp.key(i, {text(version.purpose.key)})",
        "account": "pg_temp.key(i, 'account')",
        "version": text(version.pk),
        "purpose": text(version.purpose_id),
        "decision": "'given'",
        "text_hash": text(text_hash(version.texts["en"])),
        "locale": "'en'",
        "surface": "'https://shop.bench.example/catalogue'",
        "method": "'scim'",
        "actor_kind": "'website'",
        "actor_id": text(website.pk),
        "said_at": "pg_temp.moment(i)",
        "at": "pg_temp.moment(i)",
    }


def _link(connector: uuid.UUID) -> Said:
    return {
        "id": f"pg_temp.key(i, {text(connector)})",
        "connector": text(connector),
        "account_id": "pg_temp.key(i, 'account')",
        "member_id": "pg_temp.member(i)",
        "remote_id": "i::text",
        "wanted": "pg_temp.key(i, 'event')",
        "sent": "pg_temp.key(i, 'event')",
        "behind_since": "pg_temp.moment(i)",
        "not_before": "pg_temp.moment(i)",
        "held": text("{email,given_name,family_name,interests}"),
        "outcome": "'holds'",
    }


def _segment(website: Website, members: int) -> None:
    name = f"The first {members}"
    segment = {
        "id": text(group(members)),
        "brand": text(website.brand_id),
        "name": text(name),
        "folded": text(name.lower()),
        "external_ids": text(json.dumps({})),
        "created_at": "pg_temp.moment(i)",
        "changed_at": "pg_temp.moment(i)",
    }
    insert(Segment, segment, 1, 1)
    insert(SegmentMember, {"segment": text(group(members)), "membership": "pg_temp.member(i)"}, 1, members)
