"""How the shop asks the CIAM, and what can go wrong with that."""

from collections.abc import Mapping

import httpx


class CiamAway(Exception):
    """The CIAM doesn't answer now; the same request may work later."""


class CiamOdd(Exception):
    """The CIAM answers something that was not agreed; the message says what."""


def ask(
    http: httpx.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> httpx.Response:
    """Its answer, unless it has none: raises CiamAway."""
    try:
        answer = http.request(method, url, headers=headers, params=params, data=form, content=content)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        raise CiamAway(f"{url}: {exc}") from exc
    if answer.status_code >= 500 or answer.status_code == 429:
        raise CiamAway(f"{url} answered {answer.status_code}")
    return answer


def in_json(answer: httpx.Response) -> Mapping[str, object]:
    """The object of a successful answer; raises CiamOdd."""
    where = answer.request.url.copy_with(query=None)
    if answer.status_code != 200:
        raise CiamOdd(f"{where} answered {answer.status_code}.")
    try:
        told = answer.json()
    except ValueError as exc:
        raise CiamOdd(f"{where} answered no JSON.") from exc
    if not isinstance(told, dict):
        raise CiamOdd(f"{where} answered no JSON object.")
    return told
