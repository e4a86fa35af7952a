"""Sign in with the CIAM: an OpenID Connect client, code flow with PKCE."""
