"""Prometheus' text formats: escaping, counters, negotiation."""

import subprocess
import sys

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from uma.wire.prometheus import Family, expose, wants_openmetrics


def family(*samples, name="uma_x", kind="gauge"):
    return Family(name, "Help.", kind, samples)


def test_labels_are_escaped():
    """Quotes, backslashes and line ends in a label survive both formats."""
    nasty = 'a"b\\c\nd é'
    families = [family(({"disk": nasty}, 1.0))]

    for text, parse in ((expose(families), parse_text),
                        (expose(families, openmetrics=True), parse_openmetrics)):  # fmt: skip
        (found,) = parse(text.decode())
        assert [sample.labels for sample in found.samples] == [{"disk": nasty}]


def test_a_counter_in_both_formats():
    """A counter's sample ends in _total in both; OpenMetrics names the family without it, and ends in # EOF."""
    families = [family(({}, 3), name="uma_seen_total", kind="counter")]

    assert expose(families) == (b"# HELP uma_seen_total Help.\n# TYPE uma_seen_total counter\numa_seen_total 3.0\n")
    assert expose(families, openmetrics=True) == (
        b"# HELP uma_seen Help.\n# TYPE uma_seen counter\numa_seen_total 3.0\n# EOF\n"
    )


def test_no_series_comes_twice():
    """The last of two samples with equal labels counts: Prometheus would refuse the scrape."""
    families = [family(({"a": "1", "b": "2"}, 1), ({"b": "2", "a": "1"}, 2))]

    assert expose(families).splitlines()[2:] == [b'uma_x{a="1",b="2"} 2.0']


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("text/plain; version=0.0.4", False),
        ("application/openmetrics-text", True),
        ("application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", True),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", True),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.5", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=lots", False),
        ("application/openmetrics-text;version=0.0.1", False),
        (";;,,=;q", False),
    ],
)
def test_negotiation_of_openmetrics(accept, expected):
    """A client that prefers OpenMetrics 1.x to plain text gets it; an invalid header gets plain text."""
    assert wants_openmetrics(accept) is expected


def test_the_library_is_imported_without_openssl():
    """Most daemons leave OpenSSL out, and can still be scraped."""
    code = (
        "from uma.runtime.openssl import leave_out_tls; leave_out_tls(); import http.client, urllib.request\n"
        "from uma.wire.prometheus import expose; print(expose([]), expose([], openmetrics=True))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)

    assert (done.stdout, done.stderr) == ("b'' b'# EOF\\n'\n", "")
