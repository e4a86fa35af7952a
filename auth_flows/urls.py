from django.urls import include, path

from auth_flows import authorize, pages, panels, recovery_pages

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("register/", pages.register, name="register"),
    path("recover/", pages.recover, name="recover"),
    path("recover/lost/<uuid:sign_in_id>/", recovery_pages.lost_all, name="recover-lost"),
    path("recover/cancel/<str:token>/", recovery_pages.cancel, name="recover-cancel"),
    path("recover/wait/<str:token>/", recovery_pages.waited, name="recover-waited"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
