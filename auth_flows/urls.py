from django.urls import include, path

from auth_flows import authorize, disowning, history, pages, session_pages

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("register/", pages.register, name="register"),
    path("account/sign-ins/", history.sign_ins, name="sign-ins"),
    path("account/sessions/<uuid:session_id>/end", session_pages.end_session, name="session-end"),
    path("account/sessions/end-others", session_pages.end_others, name="sessions-end-others"),
    path("account/sessions/end-all", session_pages.end_all, name="sessions-end-all"),
    path("account/devices/<uuid:device_id>/distrust", session_pages.distrust, name="device-distrust"),
    path("account/not-me/<str:token>/", disowning.not_me, name="not-me"),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
