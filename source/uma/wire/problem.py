"""Body of a refusal: RFC 9457 ``application/problem+json``."""

from http import HTTPStatus

import msgspec

from uma.wire.answers import Problem

CONTENT_TYPE = "application/problem+json"


def problem_body(status: int, detail: str) -> bytes:
    """Return the JSON of a problem: ``type``, ``title``, ``status``, ``detail``."""
    title = HTTPStatus(status).phrase
    return msgspec.json.encode(Problem("about:blank", title, status, detail))
