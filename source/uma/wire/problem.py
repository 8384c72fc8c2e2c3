"""Body of an error: RFC 9457 ``application/problem+json``."""

from http import HTTPStatus

import msgspec

from uma.wire.answers import Problem

CONTENT_TYPE = "application/problem+json"

# Python 3.13 uses RFC 9110's newer names; clients get the same words from any version.
_TITLES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large"}


def problem_body(status: int, detail: str) -> bytes:
    """Return the JSON of a problem: ``type``, ``title``, ``status``, ``detail``."""
    return msgspec.json.encode(Problem("about:blank", title_of(HTTPStatus(status)), status, detail))


def title_of(status: HTTPStatus) -> str:
    """Return the words of *status*, such as ``Not Found``."""
    return _TITLES.get(status, status.phrase)
