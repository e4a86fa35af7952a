"""What comes back with the browser, and whether it may be believed."""

from collections.abc import Mapping

from demo.shop.oidc.failed import SignInFailed
from demo.shop.oidc.provider import Metadata


def check_issuer(answer: Mapping[str, str], metadata: Metadata) -> None:
    """RFC 9207, section 2.4: the answer is from the CIAM that was asked."""
    issuer = answer.get("iss")
    if issuer is None and not metadata.names_issuer:
        return
    if issuer != metadata.issuer:
        raise SignInFailed("wrong_issuer", "The answer came from somebody else than the one we asked.")


def code_of(answer: Mapping[str, str]) -> str:
    """RFC 6749, section 4.1.2: the code, or why there is none."""
    if error := answer.get("error"):
        raise SignInFailed(error, _sentence(error, answer.get("error_description", "")))
    if not (code := answer.get("code")):
        raise SignInFailed("no_code", "The answer holds neither a code nor an error.")
    return code


def _sentence(error: str, description: str) -> str:
    if error == "access_denied":
        return "You did not sign in, so nothing was passed on to us."
    return description[:300] or "The sign-in ended with an error."
