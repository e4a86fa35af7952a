"""A sign-in that came to nothing."""


class SignInFailed(Exception):
    """`code` as OAuth names it, or a name of our own; the message is a sentence for the customer."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
