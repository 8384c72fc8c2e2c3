"""tests/setup.sh: its output and effects if Debian's packages are missing, with a pretended apt."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .locks import CHECKOUT

SCRIPT = CHECKOUT / "tests/setup.sh"
TOOLS = ("bash", "grep", "sed", "awk", "find", "sort", "comm", "mktemp", "rm", "cat", "env", "paste", "tail", "tr")


class Machine:
    """Has *TOOLS*, and an apt whose suites have ``there`` and not ``elsewhere``; installing makes a command."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)
        self.asked = folder / "asked"
        self.list = folder / "packages.txt"
        self.script("id", "echo 0")
        self.script(
            "apt-cache",
            'shift; for name; do printf "%s:\\n  Installed: (none)\\n" "$name"; '
            '[ "$name" = there ] && echo "  Candidate: 1" || echo "  Candidate: (none)"; done',
        )
        # policy-rc.d is not written if it exists; here it has a name of the test's own.
        self.script(
            "apt-get",
            f'echo "$*" >>{self.asked}; case "$*" in *--assume-no*) echo "0 upgraded, 3 newly installed, 0 to remove"; '
            f'echo "Need to get 7 MB of archives."; exit 1 ;; *install*) printf "#!/bin/sh\\n" >{self.bin}/there; '
            f"/bin/chmod 755 {self.bin}/there ;; esac",
        )
        self.script("tee", "exec /bin/cat >/dev/null")
        self.script("chmod", "exit 0")

    def script(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def setup(self, *lines: str) -> subprocess.CompletedProcess[str]:
        self.list.write_text("# a comment\n" + "".join(f"{line}\n" for line in lines))
        return subprocess.run(
            [SCRIPT, self.list],
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_missing(machine: Machine) -> None:
    """If all signs are there, it prints nothing."""
    done = machine.setup("bash bash", f"files {machine.bin}/ba*", "either nowhere|/nowhere/*|bash", "or bash|nowhere")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not machine.asked.exists()


def test_installed_packages_are_named_with_their_size(machine: Machine) -> None:
    """Before it installs it names the packages and their size; afterwards the sign is there."""
    done = machine.setup("there there", "bash bash")

    assert done.returncode == 0, done.stderr
    assert "Installing from Debian: there (3 packages, 7 MB to download)." in done.stdout
    assert "bash" not in done.stdout
    assert machine.setup("there there").stdout == ""


def test_packages_in_no_suite_are_left_out(machine: Machine) -> None:
    """A package that this suite lacks is named in one line; the rest is installed, which is not a failure."""
    done = machine.setup("elsewhere elsewhere", "there there")

    assert done.returncode == 0
    assert done.stderr == "Not in this machine's Debian suites, so what needs it is skipped: elsewhere\n"
    assert "Installing from Debian: there " in done.stdout


def test_the_first_package_that_a_suite_has_is_installed(machine: Machine) -> None:
    """A package with several names is installed by the one that this suite has; if it has none, all are named."""
    done = machine.setup("elsewhere|there|bash there")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Installing from Debian: there " in done.stdout
    assert machine.setup("elsewhere|nowhere nowhere").stderr.endswith("skipped: elsewhere or nowhere\n")


def test_without_root_there_is_a_command_to_paste(machine: Machine) -> None:
    """A user without sudo gets one line with the command to run as root, with packages that this suite has."""
    machine.script("id", "echo 1000")
    done = machine.setup("elsewhere|there there", "elsewhere elsewhere")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Missing: elsewhere or there elsewhere. Run this as root, then make again:",
        "  apt-get update && apt-get install -y --no-install-recommends there",
    ]
    (machine.bin / "apt-cache").unlink()
    assert machine.setup("elsewhere|there there").stderr.endswith(" --no-install-recommends there\n")


def test_without_apt_the_names_are_given(machine: Machine) -> None:
    """Another system gets Debian's names."""
    (machine.bin / "apt-get").unlink()
    done = machine.setup("there there")

    assert done.returncode == 1
    assert done.stderr.startswith("Missing: there (Debian's names).")
