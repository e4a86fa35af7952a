"""Rows of several tables by one statement."""

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Brand, Identifier, Membership
from ciam.lib.rows import insert

pytestmark = pytest.mark.django_db


def ada(brand: Brand, address: str = "ada@example.com") -> list[Account | Identifier | Membership]:
    account = Account()
    handle = Identifier(account=account, kind="email", value=address, normal=address)
    # Out of order on purpose: what refers to the account comes first.
    return [Membership(account=account, brand=brand, how="test"), handle, account]


def test_rows_that_refer_to_each_other_take_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    brand = Brand.objects.create(slug="kaffeehaus", name="Kaffeehaus")

    with django_assert_num_queries(1):
        insert([*ada(brand), *ada(brand, "bob@example.com")])

    assert set(Identifier.objects.values_list("account__memberships__brand__slug", "normal")) == {
        ("kaffeehaus", "ada@example.com"),
        ("kaffeehaus", "bob@example.com"),
    }


def test_saved_rows_are_as_if_read(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    brand = Brand(slug="teahouse", name="Teahouse", theme={"accent": "#1f6b4a", "list": ["%s", '"']})

    insert([brand])

    again = Brand.objects.get()
    assert again.theme == brand.theme
    brand.name = "Tea"
    brand.save()
    assert Brand.objects.get().name == "Tea"


def test_one_that_cant_be_saved_saves_none() -> None:
    brand = Brand.objects.create(slug="kaffeehaus", name="Kaffeehaus")
    insert(ada(brand))

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(ada(brand))

    assert (Account.objects.count(), Membership.objects.count()) == (1, 1)


def test_nothing_to_save_costs_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        insert([])
