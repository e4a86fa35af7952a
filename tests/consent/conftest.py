import pytest

from accounts.models import (
    Account,
)
from consent.models import PurposeVersion
from tests.consent.reported import meets, reports
from tests.people import Kaffeehaus


@pytest.fixture
def newsletter(shop: Kaffeehaus) -> PurposeVersion:
    shop.newsletter.purpose.double_opt_in = True
    shop.newsletter.purpose.save()
    return shop.newsletter


@pytest.fixture
def ada(newsletter: PurposeVersion) -> Account:
    """Known to the shop, who says that she wants the newsletter."""
    ada = meets(newsletter.purpose.brand)
    reports(ada, newsletter)
    return ada
