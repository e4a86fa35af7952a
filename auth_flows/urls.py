from django.urls import include, path

from auth_flows import again, authorize, mailed_link, pages, panels, password_pages

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("sign-in/<uuid:sign_in_id>/again/", again.again, name="sign-in-again"),
    path("sign-in/<uuid:sign_in_id>/link/<str:link>/", mailed_link.mailed_link, name="sign-in-link"),
    path("register/", pages.register, name="register"),
    path("account/password/", password_pages.change, name="password"),
    path("account/password/remove/", password_pages.remove, name="password-remove"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
