from django.urls import include, path

from auth_flows import authorize, pages, panels
from auth_flows.upstream import coming_back, identities, leaving, notices

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("register/", pages.register, name="register"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
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
