"""Random members of a brand, as its website sees them: for properties of filters, orders and pages."""

import datetime as dt
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from accounts.identifiers import Contact, email, phone, row_of, username
from accounts.models import (
    Account,
    Identifier,
    IdentifierKind,
    Membership,
    ProfileValue,
    Segment,
    SegmentMember,
    Source,
)
from accounts.profiles import clean, folded
from accounts.segments import folded as folded_name
from consent.models import ConsentRecord, Decision
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# What goes wrong first: wildcards, quotes, escapes, and letters that change their number with their case.
LETTERS = "aAbB%_\\\"'ßéÉİıΣς\U0001f600e\u0301 ."
MAIL_LETTERS = "abAB%_+'"
PHONES = ("+49 170 1234567", "0170 1234567", "+43 660 1234567", "01701234568", "(0170) 123-4569")
LABELS = ("", "work", "Home", "Ä%")
SEGMENTS = ("Regulars", "50% off_\\")

texts = st.text(LETTERS, min_size=1, max_size=4).map(str.strip).filter(bool)
names = st.text(LETTERS, min_size=1, max_size=4).filter(lambda text: bool(text.strip()))
addresses = st.builds(
    lambda local, domain: f"{local}@{domain}",
    st.text(MAIL_LETTERS, min_size=1, max_size=3),
    st.sampled_from(("a.example", "B.example")),
)
moments = st.integers(0, 5).map(lambda days: START + dt.timedelta(days=days, microseconds=days * 7))
labels = st.sampled_from(LABELS)


@dataclass(frozen=True)
class Answer:
    decision: str
    text_hash: str
    locale: str
    surface: str
    at: dt.datetime
    again: bool
    """Whether another answer followed, which then stands: withdrawn."""


@dataclass(frozen=True)
class Member:
    name: str
    emails: list[tuple[str, str]]
    says_primary: bool
    """Whether the website itself said which one is."""
    phones: list[tuple[str, str]]
    external_id: str
    values: dict[str, object]
    segments: set[int]
    answers: dict[int, Answer]
    is_active: bool
    is_registered: bool
    since: dt.datetime
    changed_at: dt.datetime


answers = st.builds(
    Answer,
    decision=st.sampled_from([Decision.GIVEN.value, Decision.UNPROVEN.value, Decision.REFUSED.value]),
    text_hash=st.sampled_from(["", "ab" * 32]),
    locale=st.sampled_from(["", "en", "pt-BR"]),
    surface=st.sampled_from(["", "https://shop.example/Form", "100%_\\"]),
    at=moments,
    again=st.booleans(),
)
values = st.fixed_dictionaries(
    {},
    optional={
        "given_name": texts,
        "family_name": texts,
        "locale": st.sampled_from(["en", "de-AT", "pt-BR"]),
        "country": st.sampled_from(["DE", "AT"]),
        "interests": st.lists(texts.filter(lambda text: "," not in text), min_size=1, max_size=3),
        "visitor_id": texts,
        "source": texts,
    },
)
members = st.builds(
    Member,
    name=st.one_of(names, addresses),
    emails=st.lists(st.tuples(addresses, labels), max_size=3, unique_by=lambda entry: entry[0].lower()),
    says_primary=st.booleans(),
    phones=st.lists(st.tuples(st.sampled_from(PHONES), labels), max_size=2, unique_by=lambda entry: entry[0]),
    external_id=st.one_of(st.just(""), texts),
    values=values,
    segments=st.sets(st.integers(0, len(SEGMENTS) - 1)),
    answers=st.dictionaries(st.integers(0, 1), answers),
    is_active=st.booleans(),
    is_registered=st.booleans(),
    since=moments,
    changed_at=moments,
)


def _main_handles(member: Member) -> set[tuple[str, str]]:
    main = {("name", username(member.name).normal), ("id", member.external_id)}
    return main | {("mail", email(address).normal) for address, _label in member.emails[:1]}


def _are_different(crowd: list[Member]) -> bool:
    """By what a brand calls one person only."""
    handles = [handle for member in crowd for handle in _main_handles(member) if handle[1]]
    return len(handles) == len(set(handles))


crowds = st.lists(members, min_size=1, max_size=6).filter(_are_different)


def settle(crowd: list[Member], site: Site, shop: Kaffeehaus) -> None:
    segments = Segment.objects.bulk_create(
        Segment(brand=site.brand, name=name, folded=folded_name(name)) for name in SEGMENTS
    )
    for member in crowd:
        account = Account.objects.create()
        membership = Membership.objects.create(
            account=account,
            brand=site.brand,
            how="scim",
            status="active" if member.is_active else "suspended",
            registered_at=START if member.is_registered else None,
            since=member.since,
            changed_at=member.changed_at,
        )
        Identifier.objects.bulk_create(_handles(member, account, site))
        ProfileValue.objects.bulk_create(_values(member, account, site))
        SegmentMember.objects.bulk_create(
            SegmentMember(segment=segments[number], membership=membership) for number in member.segments
        )
        ConsentRecord.objects.bulk_create(_answers(member, account, shop))


def _handles(member: Member, account: Account, site: Site) -> list[Identifier]:
    brand = str(site.brand.pk)
    mails = [replace(email(said), label=label, is_primary=False) for said, label in member.emails]
    phones = [
        replace(phone(said, site.brand.country), label=label, is_primary=False)
        for said, label in member.phones
    ]
    for contacts in (mails, phones):
        contacts[:1] = [
            replace(contact, is_primary=True, by_default=not member.says_primary) for contact in contacts[:1]
        ]
    held = [username(member.name), *mails, *phones]
    rows = [row_of(contact, account, brand) for contact in held]
    if member.external_id:
        external = Contact(IdentifierKind.EXTERNAL_ID, member.external_id, member.external_id)
        rows.append(row_of(external, account, str(site.website.pk)))
    # Of others: nothing of it is this website's to see, nor to find.
    return [*rows, row_of(email("ada.own@a.example"), account, str(account.pk))]


def _values(member: Member, account: Account, site: Site) -> list[ProfileValue]:
    said = clean(member.values, Source.WEBSITE)
    own = [
        ProfileValue(
            account=account,
            attribute=name,
            value=value,
            **folded(value),
            source=Source.WEBSITE,
            said_by=str(site.website.pk),
            said_at=START,
        )
        for name, value in said.items()
    ]
    other = ProfileValue(
        account=account, attribute="source", value="a", **folded("a"), source=Source.CUSTOMER, said_at=START
    )
    return [*own, other]


def _answers(member: Member, account: Account, shop: Kaffeehaus) -> list[ConsentRecord]:
    rows: list[ConsentRecord] = []
    for number, answer in member.answers.items():
        version = (shop.newsletter, shop.terms)[number]
        said = {"account": account, "version": version, "purpose": version.purpose, "method": "scim"}
        first = ConsentRecord(
            **said,
            decision=answer.decision,
            text_hash=answer.text_hash,
            locale=answer.locale,
            surface=answer.surface,
            said_at=answer.at,
            at=START,
        )
        rows.append(first)
        if answer.again:
            later = START + dt.timedelta(days=1)
            rows.append(
                ConsentRecord(**said, decision="withdrawn", said_at=answer.at, at=later, parent_id=first.pk)
            )
    return rows
