from django.urls import include, path

from auth_flows import address_pages, authorize, pages, panels, recovery_pages

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<uuid:sign_in_id>/", pages.step, name="sign-in-step"),
    path("register/", pages.register, name="register"),
    path("recover/", pages.recover, name="recover"),
    path("recover/lost/<uuid:sign_in_id>/", recovery_pages.lost_all, name="recover-lost"),
    path("recover/cancel/<str:token>/", recovery_pages.cancel, name="recover-cancel"),
    path("recover/wait/<str:token>/", recovery_pages.waited, name="recover-waited"),
    path("account/addresses/", address_pages.overview, name="addresses"),
    path("account/addresses/add/<slug:kind>/", address_pages.add, name="address-add"),
    path("account/addresses/replace/<uuid:identifier_id>/", address_pages.replace, name="address-replace"),
    path("account/addresses/proof/<uuid:change_id>/", address_pages.prove, name="address-prove"),
    path("account/addresses/main/<uuid:identifier_id>/", address_pages.make_main, name="address-main"),
    path("account/addresses/remove/<uuid:identifier_id>/", address_pages.remove, name="address-remove"),
    path("account/addresses/undo/<str:token>/", address_pages.undo, name="address-undo"),
    path("account/sessions/<uuid:session_id>/end", panels.end_session, name="session-end"),
    path("oauth/authorize", authorize.authorize, name="oidc-authorize"),
    path("", include("auth_flows.oidc.urls")),
]
