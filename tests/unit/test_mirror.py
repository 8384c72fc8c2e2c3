"""tests/unit mirrors source/uma, so the test of each module is easy to find."""

from pathlib import Path

UNIT = Path(__file__).parent
PACKAGE = UNIT.parents[1] / "source/uma"

EXEMPT = {
    "__main__.py": "a command line is only proven from outside: tests/integration runs the process",
    "commands.py": "a command line is only proven from outside: tests/integration runs the process",
    "daemon/serve.py": "the process: tests/integration runs it",
    "fence/client.py": "half of a conversation: test_steward.py has both",
    "fence/requests.py": "words only; test_steward.py sends them",
    "fence/kernel.py": "system calls: test_seccomp.py and test_landlock.py make them",
    "program.py": "a command line is only proven from outside: tests/integration runs the process",
    "start.py": "a command line is only proven from outside: tests/integration runs the process",
    "feeds/feed/description.py": "fields only",
    "feeds/feed/entities.py": "values only; each feed's goldens prove them",
    "feeds/docker/containers/unraid_changes.py": "a watch and a read: test_source.py sees a change arrive",
    "feeds/docker/entities.py": "a table; the golden discovery proves it",
    "feeds/docker/metrics.py": "a table; wire/test_families proves it",
    "feeds/storage/disk_metrics.py": "a table; wire/test_families proves it",
    "feeds/storage/metrics.py": "a table; wire/test_families proves it",
    "feeds/system/entities.py": "a table; the golden discovery proves it",
    "feeds/system/reader.py": "half of a sample: test_source.py has both, on a machine made of files",
    "feeds/system/metrics.py": "a table; wire/test_families proves it",
    "model/daemon_state.py": "fields only",
    "outputs/mqtt/timing.py": "fields only",
    "model/message.py": "types only",
    "exit_codes.py": "numbers only; tests/integration compares them with what processes return",
    "errors.py": "names and fields; who raises them proves them",
    "model/close_codes.py": "words only; test_asyncapi sees that each is told",
    "model/health.py": "fields only",
    "model/server_identity.py": "fields only",
    "web/state.py": "fields only",
    "wire/answers.py": "fields only",
}
"""Modules without their own test module, with the reason."""

ACROSS = {
    "feeds/storage/test_disks.py": "disks and devices, from the files to the message",
    "feeds/storage/test_fuzz.py": "damaged files and torn reads, from the files to the message",
    "feeds/test_odd_files.py": "folders, pipes and endless files in the place of any feed's text file",
    "test_mirror.py": "this one",
    "test_patterns.py": "every regular expression of the package",
    "web/test_rfc6455.py": "what WebSocket clients send, from the socket to the close code",
    "web/test_rfc9112.py": "what HTTP clients send, from the socket to the refusal",
    "test_scenarios.py": "the whole way from state files to message",
}
"""Test modules that cover several modules, with their subject."""


def modules() -> set[str]:
    # A package's __init__ holds its contract in prose, and its exports. A feed's model.py holds fields only.
    return {
        str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.name not in {"__init__.py", "model.py"}
    }


def mirrored() -> set[str]:
    return {
        str(path.relative_to(UNIT).with_name(path.name.removeprefix("test_")))
        for path in UNIT.rglob("test_*.py")
        if str(path.relative_to(UNIT)) not in ACROSS
    }


def test_each_module_has_its_test_module():
    """Each module has its test module at the same place, or a reason for none."""
    assert sorted(modules() - mirrored() - EXEMPT.keys()) == []


def test_each_test_module_has_its_module():
    """Each test module tests the module whose name and place it has."""
    assert sorted(mirrored() - modules()) == []


def test_no_exemption_is_stale():
    """Each exemption is for an existing module without a test module."""
    assert sorted(EXEMPT.keys() - (modules() - mirrored())) == []
