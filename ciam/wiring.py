"""The doors upwards, filled in: the only page on which the apps learn of each other."""

from anymail.signals import tracking as mail_tracking

from accounts import bounces, events, overview, privacy, restriction
from accounts.admin import account_panels
from auth_flows import listening as auth_flows_listening
from auth_flows import notices, session_pages
from auth_flows import panels as sign_in_panels
from auth_flows import privacy as sign_in_privacy
from auth_flows.risk.admin import assessments_of
from auth_flows.upstream import identities
from consent import gpc, preferences
from consent import privacy as consent_privacy
from consent.admin import consents_of
from provisioning import happenings, rewording, tracking
from provisioning import listening as provisioning_listening
from provisioning import panels as provisioning_panels
from provisioning import privacy as provisioning_privacy
from provisioning.admin import links_of

# Inside the transaction of every change, in this order; each takes a batch of events and only writes rows.
events.listeners[:] = [
    auth_flows_listening.on_events,
    notices.on_events,
    tracking.on_events,
    provisioning_listening.on_events,
    happenings.on_events,
    rewording.on_events,
]

# The customer's overview, from the top.
overview.panels[:] = [
    overview.identifiers_panel,
    overview.profile_panel,
    gpc.heeding(preferences.panel),
    provisioning_panels.who_has_my_data,
    restriction.panel,
    sign_in_panels.methods_panel,
    identities.panel,
    session_pages.sessions_panel,
    session_pages.devices_panel,
]

# What the operator sees on an account's page, below the account itself.
account_panels[:] = [consents_of, links_of, assessments_of]

# The one signal of the house: by it, and by nothing else, a mail service's report comes in.
mail_tracking.connect(bounces.on_report, dispatch_uid="bounces")

# Who keeps personal data beside `accounts` itself.
privacy.holders[:] = [sign_in_privacy.holder, consent_privacy.holder, provisioning_privacy.holder]
