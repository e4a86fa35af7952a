from django.urls import include, path

from auth_flows import authorize, own_passkeys, pages, panels

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("register/", pages.register, name="register"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
    path("account/passkeys/", own_passkeys.listed, name="passkeys"),
    path("account/passkeys/add/", own_passkeys.add, name="passkey-add"),
    path("account/passkeys/<uuid:passkey_id>/", own_passkeys.rename, name="passkey"),
    path("account/passkeys/<uuid:passkey_id>/remove/", own_passkeys.remove, name="passkey-remove"),
    path("account/security/", include("auth_flows.security.urls")),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
