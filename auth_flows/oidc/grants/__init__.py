"""For what the token endpoint gives tokens: one grant a file. `auth_flows.oidc.token` lists them."""
