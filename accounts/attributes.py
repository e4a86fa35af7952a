"""The profile's schema: one line per attribute. SCIM, tokens, forms, export and connectors read it here.

`said_by` names who may write it, `asked` when a customer is asked for it, and `tracking` marks what needs
an analytics consent while it is kept or joined. `many`: the value is a list of texts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Source
from accounts.values import COUNTRIES, LANGUAGES, Value, country, day, language, text, texts

CUSTOMER_EXTENSION = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"

ANYBODY = frozenset(Source) - {Source.TARGET}
FROM_TARGETS = frozenset({Source.TARGET})
EVERYBODY = ANYBODY | FROM_TARGETS
FROM_WEBSITES = frozenset({Source.WEBSITE})


class Asked(StrEnum):
    AT_REGISTRATION = "at registration"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True)
class Attribute:
    name: str
    label: Promise
    clean: Callable[[object], Value]
    scim: str
    claim: str = ""
    autocomplete: str = "off"
    asked: Asked = Asked.NEVER
    said_by: frozenset[Source] = ANYBODY
    tracking: bool = False
    many: bool = False
    suggestions: tuple[str, ...] = ()
    """Values that SCIM publishes as canonical ones (RFC 7643, section 7); others are taken as well."""


_ALL = [
    Attribute("given_name", _("First name"), text(100), "name.givenName", "given_name", "given-name", Asked.AT_REGISTRATION),
    Attribute("family_name", _("Last name"), text(100), "name.familyName", "family_name", "family-name", Asked.AT_REGISTRATION),
    Attribute("locale", _("Language"), language, "locale", "locale", "language", suggestions=LANGUAGES),
    Attribute("country", _("Country"), country, f"{CUSTOMER_EXTENSION}:country", "", "country", Asked.LATER, EVERYBODY, suggestions=COUNTRIES),
    Attribute("interests", _("Interests"), texts(20, 60), f"{CUSTOMER_EXTENSION}:interests", "", "off", Asked.AT_REGISTRATION, EVERYBODY, many=True, suggestions=("coffee",)),
    Attribute("visitor_id", _("Number of your visit"), text(100), f"{CUSTOMER_EXTENSION}:visitorId", said_by=FROM_WEBSITES, tracking=True),
    Attribute("crm_visitor_id", _("Number of your visit at the contact system"), text(100), f"{CUSTOMER_EXTENSION}:crmVisitorId", said_by=FROM_WEBSITES, tracking=True),
    Attribute("ads_client_id", _("Number of your browser at the advertising system"), text(100), f"{CUSTOMER_EXTENSION}:adsClientId", said_by=FROM_WEBSITES, tracking=True),
    Attribute("source", _("Where we met"), text(60), f"{CUSTOMER_EXTENSION}:source", said_by=frozenset({Source.WEBSITE, Source.IMPORT})),
    Attribute("city", _("City"), text(100), f"{CUSTOMER_EXTENSION}:city", said_by=FROM_TARGETS, tracking=True),
    Attribute("last_seen", _("Last seen on our websites"), day, f"{CUSTOMER_EXTENSION}:lastSeen", said_by=FROM_TARGETS, tracking=True),
    Attribute("lifecycle_stage", _("How far you are as a customer"), text(60), f"{CUSTOMER_EXTENSION}:lifecycleStage", said_by=FROM_TARGETS),
]  # fmt: skip

ATTRIBUTES: dict[str, Attribute] = {attribute.name: attribute for attribute in _ALL}
"""By name, in the order in which a person would expect to be asked."""


def asked_at(moment: Asked) -> list[Attribute]:
    return [attribute for attribute in _ALL if attribute.asked is moment]
