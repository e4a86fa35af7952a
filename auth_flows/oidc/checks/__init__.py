"""The rules of an authorization request: one a file. `auth_flows.oidc.requests` lists them."""
