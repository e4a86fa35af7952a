"""The pages of a sign-in: a file and a template each, and a line in `auth_flows.journey`."""
