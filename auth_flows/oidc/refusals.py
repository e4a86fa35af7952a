"""The ways in which a request is refused."""

from collections.abc import Mapping

from django.utils.functional import Promise


class RefusedHere(Exception):
    """App or address can't be trusted: told on a page of ours, and nobody is redirected (RFC 6749, 4.1.2.1).

    `sentence` is for the person who came, `hint` for whoever runs the app.
    """

    def __init__(self, code: str, sentence: str | Promise, hint: str | Promise = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.hint = hint


class Refused(Exception):
    """The request of a known app is not as it must be: an error code of the protocol, and a sentence.

    The sentence is ASCII without quotes and backslashes (RFC 6749, 5.2), and repeats nothing that was sent.
    """

    def __init__(
        self, error: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.headers = headers or {}


class RefusedToApp(Exception):
    """The same, told to the app by way of the browser."""

    def __init__(self, redirect_url: str, refused: Refused) -> None:
        super().__init__(refused.error)
        self.redirect_url = redirect_url
        self.error = refused.error
        self.description = refused.description
