"""The one error of this package."""


class CannotStart(Exception):
    """Something is missing, taken or unreachable. The text is one line for a person: what, and what to do."""
