"""The website of a brand: a program of its own that knows the CIAM only by its public APIs, OIDC and SCIM."""
