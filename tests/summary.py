"""The end of a run: a line for each reason to skip, with the number of its tests, and for each repetition."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the reasons to skip, those of most tests first; then why tests were repeated."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    if reasons:
        terminalreporter.section("skipped")
    for reason, tests in reasons.most_common():
        terminalreporter.write_line(f"SKIPPED [{tests}] {reason}")
    repeated = terminalreporter.stats.get("rerun", ())
    if repeated:
        terminalreporter.section("repeated")
    for report in repeated:
        terminalreporter.write_line(f"REPEATED {report.nodeid}, {report.when}: {_fault(report)}")


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _fault(report: pytest.TestReport) -> str:
    """Return where it failed and the first line of its error."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return report.longreprtext.splitlines()[-1] if report.longreprtext else "no reason"
    return f"{crash.path}:{crash.lineno}: {crash.message.splitlines()[0]}"
