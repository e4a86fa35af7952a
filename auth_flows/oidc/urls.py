from django.urls import path

from auth_flows.oidc import discovery, introspection, logout, revocation, token, userinfo

urlpatterns = [
    path(".well-known/openid-configuration", discovery.configuration, name="oidc-configuration"),
    path(".well-known/oauth-authorization-server", discovery.configuration, name="oauth-metadata"),
    path("oauth/jwks", discovery.jwks, name="oidc-jwks"),
    path("oauth/token", token.token, name="oidc-token"),
    path("oauth/userinfo", userinfo.userinfo, name="oidc-userinfo"),
    path("oauth/introspect", introspection.introspect, name="oidc-introspect"),
    path("oauth/revoke", revocation.revoke_token, name="oidc-revoke"),
    path("oauth/logout", logout.end_session, name="oidc-logout"),
]
