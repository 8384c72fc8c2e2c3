"""Denied writes are logged, and can't fill the log."""

from structlog.testing import capture_logs

from uma.web.denied_requests import DeniedRequests


def test_one_line_a_minute():
    """The first is logged at once, with its peer; those of the next minute are counted in the next line."""
    now = 1000.0
    refused = DeniedRequests(clock=lambda: now)
    with capture_logs() as logs:
        for _ in range(500):
            refused.note("192.168.1.7", 401)
        now += 60
        refused.note("192.168.1.8", 403)

    assert [(line["peer"], line["status"], line["others_since"]) for line in logs] == [
        ("192.168.1.7", 401, 0),
        ("192.168.1.8", 403, 499),
    ]
