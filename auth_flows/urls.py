from django.urls import include, path

from auth_flows import authorize, pages, panels

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("register/", pages.register, name="register"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
    path("account/security/", include("auth_flows.security.urls")),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
