"""Body of a refusal."""

import json

from uma.wire.problem import problem_body


def test_a_problem_says_what_when_and_why():
    """A problem has the four members that clients read."""
    assert json.loads(problem_body(503, "full")) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "full",
    }
