from django.urls import include, path

from auth_flows import (
    again,
    authorize,
    disowning,
    history,
    mailed_link,
    own_passkeys,
    pages,
    password_pages,
    session_pages,
)
from auth_flows.upstream import coming_back, identities, leaving, notices

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("sign-in/<uuid:sign_in_id>/again/", again.again, name="sign-in-again"),
    path("sign-in/<uuid:sign_in_id>/link/<str:link>/", mailed_link.mailed_link, name="sign-in-link"),
    path("register/", pages.register, name="register"),
    path("account/password/", password_pages.change, name="password"),
    path("account/password/remove/", password_pages.remove, name="password-remove"),
    path("account/passkeys/", own_passkeys.listed, name="passkeys"),
    path("account/passkeys/add/", own_passkeys.add, name="passkey-add"),
    path("account/passkeys/<uuid:passkey_id>/", own_passkeys.rename, name="passkey"),
    path("account/passkeys/<uuid:passkey_id>/remove/", own_passkeys.remove, name="passkey-remove"),
    path("account/security/", include("auth_flows.security.urls")),
    path("account/sign-ins/", history.sign_ins, name="sign-ins"),
    path("account/sessions/<uuid:session_id>/end", session_pages.end_session, name="session-end"),
    path("account/sessions/end-others", session_pages.end_others, name="sessions-end-others"),
    path("account/sessions/end-all", session_pages.end_all, name="sessions-end-all"),
    path("account/devices/<uuid:device_id>/distrust", session_pages.distrust, name="device-distrust"),
    path("account/not-me/<str:token>/", disowning.not_me, name="not-me"),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("sign-in/<uuid:sign_in_id>/from/<slug:slug>", leaving.leave, name="upstream-leave"),
    path("sign-in/upstream/<slug:slug>/callback", coming_back.callback, name="upstream-callback"),
    path("sign-in/upstream/<slug:slug>/notices", notices.take, name="upstream-notices"),
    path("sign-in/upstream/<slug:slug>/deleted/<str:code>", notices.deletion, name="upstream-deletion"),
    path("account/identities/", identities.identities, name="identities"),
    path("account/identities/connect/<slug:slug>", identities.connect, name="identity-connect"),
    path(
        "account/identities/<uuid:identity_id>/disconnect", identities.disconnect, name="identity-disconnect"
    ),
    path("", include("auth_flows.oidc.urls")),
]
