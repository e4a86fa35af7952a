from django.urls import include, path

from auth_flows import again, authorize, mailed_link, own_passkeys, pages, panels, password_pages

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("sign-in/<uuid:sign_in_id>/again/", again.again, name="sign-in-again"),
    path("sign-in/<uuid:sign_in_id>/link/<str:link>/", mailed_link.mailed_link, name="sign-in-link"),
    path("register/", pages.register, name="register"),
    path("account/password/", password_pages.change, name="password"),
    path("account/password/remove/", password_pages.remove, name="password-remove"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
    path("account/passkeys/", own_passkeys.listed, name="passkeys"),
    path("account/passkeys/add/", own_passkeys.add, name="passkey-add"),
    path("account/passkeys/<uuid:passkey_id>/", own_passkeys.rename, name="passkey"),
    path("account/passkeys/<uuid:passkey_id>/remove/", own_passkeys.remove, name="passkey-remove"),
    path("account/security/", include("auth_flows.security.urls")),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
