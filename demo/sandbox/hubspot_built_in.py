"""The contact properties that every HubSpot account has (those the connector may meet): one line each."""

from demo.sandbox.hubspot_properties import Property

LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
LANGUAGES = (
    *("ar", "de", "de-at", "de-ch", "en", "en-gb", "en-us", "es", "es-mx", "fr", "fr-ca", "fr-ch"),
    *("it", "ja", "nl", "pl", "pt", "pt-br", "pt-pt"),
)


def _text(name: str, label: str) -> Property:
    return Property(name, label, built_in=True)


def _choice(name: str, label: str, values: tuple[str, ...]) -> Property:
    options = tuple((value, value) for value in values)
    return Property(name, label, "enumeration", "select", built_in=True, options=options)


def _theirs(name: str, label: str, kind: str = "string") -> Property:
    """Only HubSpot itself writes it."""
    return Property(name, label, kind, read_only=True, built_in=True)


BUILT_IN = (
    Property("email", "Email", unique=True, built_in=True),
    _text("salutation", "Salutation"),
    _text("firstname", "First name"),
    _text("lastname", "Last name"),
    Property("phone", "Phone number", field_type="phonenumber", built_in=True),
    Property("mobilephone", "Mobile phone number", field_type="phonenumber", built_in=True),
    _text("date_of_birth", "Date of birth"),
    _text("gender", "Gender"),
    _text("company", "Company name"),
    _text("jobtitle", "Job title"),
    _text("website", "Website URL"),
    _text("address", "Street address"),
    _text("city", "City"),
    _text("state", "State/Region"),
    _text("zip", "Postal code"),
    _text("country", "Country/Region"),
    _choice("hs_language", "Preferred language", LANGUAGES),
    _choice("lifecyclestage", "Lifecycle stage", LIFECYCLE),
    _text("hs_lead_status", "Lead status"),
    _theirs("hs_object_id", "Record ID", "number"),
    _theirs("createdate", "Create date", "datetime"),
    _theirs("lastmodifieddate", "Last modified date", "datetime"),
    _theirs("hs_additional_emails", "Additional email addresses"),
    _theirs("hs_email_optout", "Unsubscribed from all email", "bool"),
    _theirs("hs_timezone", "Time zone"),
    _theirs("hs_latest_source", "Latest traffic source"),
    _theirs("hs_analytics_source", "Original traffic source"),
    _theirs("hs_analytics_source_data_1", "Original traffic source drill-down 1"),
    _theirs("hs_analytics_source_data_2", "Original traffic source drill-down 2"),
    _theirs("hs_analytics_first_url", "First page seen"),
    _theirs("hs_analytics_last_url", "Last page seen"),
    _theirs("hs_analytics_last_timestamp", "Time last seen", "datetime"),
    _theirs("hs_analytics_num_page_views", "Number of page views", "number"),
    _theirs("recent_conversion_event_name", "Recent conversion"),
    _theirs("ip_city", "IP city"),
    _theirs("ip_country", "IP country"),
    _theirs("ip_country_code", "IP country code"),
    _theirs("ip_state", "IP state/region"),
    _theirs("ip_latlon", "IP latitude and longitude"),
)
