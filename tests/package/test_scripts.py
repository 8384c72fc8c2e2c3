"""The steps of pkg_build.sh one by one: each refuses faulty input."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ..integration.programs import CHECKOUT
from . import building
from .cyclonedx import faults_of

PACKAGING = CHECKOUT / "packaging"


def run(script: str, *arguments: str | Path, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run one of packaging/'s scripts."""
    command = [python, "-I", "-S", "-B", PACKAGING / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


class Trimming:
    """A tree of a few modules, and a list of those to remove."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        for name in ("keep.py", "go.py", "pack/__init__.py", "pack/part.py", "lib-dynload/_fast.cpython-311.so"):
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        self.listed = folder / "trim.txt"
        self.gone = folder / "gone.txt"

    def trim(self, *lines: str) -> subprocess.CompletedProcess[str]:
        self.listed.write_text("\n".join(lines))
        return run("trim.py", self.listed, self.tree, self.gone)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.tree)) for path in self.tree.rglob("*") if path.is_file()}


@pytest.fixture
def trimming(tmp_path: Path) -> Trimming:
    """As it is before a run."""
    return Trimming(tmp_path)


def test_trim_deletes_and_remembers(trimming: Trimming):
    """A glob's files are removed, folders completely, and the modules' names are recorded."""
    done = trimming.trim("# why", "go.py   not wanted", "pack/  not wanted", "lib-dynload/_fast.*  not wanted")

    assert done.returncode == 0, done.stderr
    assert trimming.files() == {"keep.py"}
    assert trimming.gone.read_text().split() == ["go", "pack", "pack.part", "_fast"]


def test_trim_deletes_links_that_lead_nowhere(trimming: Trimming):
    """Debian's link into /etc is removed even where it is dangling, as on a machine without Python."""
    link = trimming.tree / "sitecustomize.py"
    link.symlink_to("/nowhere/sitecustomize.py")
    done = trimming.trim("sitecustomize.py  a link into /etc")

    assert done.returncode == 0, done.stderr
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("gone_already.py  not wanted", "gone_already.py matches nothing"), ("go.py", "go.py has no reason")],
)
def test_trim_refuses(trimming: Trimming, line: str, complaint: str):
    """A glob without a match fails, since the file may have been renamed; so does one without a reason."""
    done = trimming.trim(line)

    assert done.returncode != 0
    assert complaint in done.stderr


COMPILE = """
import marshal, sys
code = marshal.dumps(compile(sys.argv[1], "", "exec"))
open(sys.argv[2], "wb").write(bytes.fromhex("a70d0d0a01") + bytes(11) + code)
"""
"""After Python 3.11's magic number, flags that ask for no source."""


class Tree:
    """A tree like the package's, of one module that imports another late."""

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder = folder
        self.python = python
        self.site = folder / "lib/python3.11/site-packages"
        self.site.mkdir(parents=True)
        self.add("importer", "def late():\n    from pack import part\n    return part\n")
        self.gone = folder / "gone.txt"
        self.excuses = folder / "excuses.txt"
        self.excuses.touch()

    def add(self, module: str, source: str) -> None:
        command = [self.python, "-I", "-S", "-c", COMPILE, source, self.site / f"{module}.pyc"]
        subprocess.run(command, check=True, timeout=60)

    def verify(self, *gone: str, excuses: str = "") -> subprocess.CompletedProcess[str]:
        self.gone.write_text("\n".join(gone))
        self.excuses.write_text(excuses)
        return run("verify/imports.py", self.folder, self.gone, self.excuses, python=self.python)


@pytest.fixture
def tree(tmp_path: Path, unpacked: Path) -> Tree:
    """Compiled and read by the package's own Python."""
    return Tree(tmp_path / "tree", unpacked / "usr/local/uma/bin/uma-python")


@pytest.mark.timeout(600)  # the package is built for it
def test_late_imports_are_found(tree: Tree):
    """An import in an unused function is found when its module was trimmed, and can be excused."""
    found = tree.verify("pack", "pack.part")
    excused = tree.verify("pack", "pack.part", excuses="importer  pack*  nobody calls late\n")
    stale = tree.verify("other", excuses="importer  pack*  nobody calls late\n")

    assert "importer imports pack, which was trimmed\nimporter imports pack.part, which was trimmed\n" in found.stdout
    assert excused.returncode == 0, excused.stdout
    assert "the excuse is stale" in stale.stdout
    assert (found.returncode, stale.returncode) == (1, 1)


@pytest.mark.timeout(600)  # the package is built for it
def test_modules_that_fail_are_found(tree: Tree):
    """A module that can't be imported is reported with its error."""
    tree.add("broken", "1 / 0")
    done = tree.verify()

    assert done.returncode == 1
    assert "broken can't be imported: ZeroDivisionError: division by zero\n" in done.stdout


BINDINGS = """import os
NVML_GPU = 0
NVML_ERROR_GONE = 15
NVML_SPARE = 1

class Handle:
    pass

class Spare:
    pass

def checked(function):
    return function

def nvmlOpen(kind=NVML_GPU):
    return Handle()

@checked
def nvmlSpare():
    return (
        Spare()
    )

def nvmlClose():
    raise ValueError
"""


def test_bindings_are_pruned(tmp_path: Path):
    """A name that is used in code or in a string stays, with its dependencies; lines keep their numbers."""
    module, user = tmp_path / "bindings.py", tmp_path / "user.py"
    module.write_text(BINDINGS)
    user.write_text("import bindings\nbindings.nvmlOpen()\nask('nvmlClose')\n")
    done = run("prune.py", module, user, "nvml", "NVML_ERROR_")
    names = ast.parse(module.read_text()).body
    kept = {each.lineno: ast.unparse(each).partition("\n")[0] for each in names}

    assert done.returncode == 0, done.stderr
    assert kept == {
        1: "import os",
        2: "NVML_GPU = 0",
        3: "NVML_ERROR_GONE = 15",
        6: "class Handle:",
        15: "def nvmlOpen(kind=NVML_GPU):",
        24: "def nvmlClose():",
    }


def test_only_classes_keep_annotations(tmp_path: Path):
    """Byte code of site-packages has no annotations of functions; a dataclass's fields stay, and the stdlib's all."""
    source = (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n x: int\ndef f(a: int, *b: str) -> int: return a\n"
    )
    for folder in ("", "site-packages"):
        (tmp_path / "lib" / folder).mkdir(exist_ok=True, parents=True)
        (tmp_path / "lib" / folder / f"one{len(folder)}.py").write_text(source)
    done = run("compile_tree.py", tmp_path / "lib", "/final")
    look = (
        f"import sys; sys.path[:0] = ['{tmp_path}/lib', '{tmp_path}/lib/site-packages']; import one0, one13;"
        "print(len(one0.f.__annotations__), one13.f.__annotations__, one13.A(3).x, one13.f.__code__.co_filename)"
    )
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert seen.stdout == "3 {} 3 /final/site-packages/one13.py\n", seen.stderr


def wheel(folder: Path, **members: str) -> Path:
    """A folder with one wheel of these members; `__` means a slash."""
    path = folder / "wheels/thing-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("INFO", "thing-1.0.dist-info"), content)
    return path.parent


METADATA = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\nLicense: {}\n\nA long description.\n"


def test_wheels_are_unpacked(tmp_path: Path):
    """Code goes to site-packages, licence texts elsewhere; of the rest only what importlib.metadata reads stays."""
    wheels = wheel(
        tmp_path,
        thing="code",
        INFO__METADATA=METADATA.format("MIT"),
        INFO__RECORD="x",
        INFO__licenses__sub__LICENSE="law",
    )
    site, licences = tmp_path / "site", tmp_path / "licences"
    done = run("unpack_wheels.py", wheels, site, licences)

    assert done.returncode == 0, done.stderr
    assert sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()) == [
        "thing",
        "thing-1.0.dist-info/METADATA",
    ]
    assert "description" not in (site / "thing-1.0.dist-info/METADATA").read_text()
    assert (licences / "thing/sub-LICENSE").read_text() == "law"


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"thing-1.0.data__scripts__thing": "", "INFO__LICENSE": "law"}, "belongs outside site-packages"),
        ({"thing": "", "INFO__METADATA": ""}, "holds no licence text"),
    ],
)
def test_unpacking_refuses(tmp_path: Path, members: dict[str, str], complaint: str):
    """A wheel that needs more than unpacking fails, and so does one without a licence."""
    done = run("unpack_wheels.py", wheel(tmp_path, **members), tmp_path / "site", tmp_path / "licences")

    assert done.returncode != 0
    assert complaint in done.stderr


def test_bill_refuses_an_unknown_licence(tmp_path: Path):
    """An unreviewed licence stops the build."""
    wheels = wheel(tmp_path, INFO__METADATA=METADATA.format("Ask the author"))
    empty = tmp_path / "none.txt"
    empty.touch()
    done = run(
        "bill.py", "2026.01.02", "0", empty, tmp_path, wheels, tmp_path, tmp_path / "manifest", tmp_path / "bill"
    )

    assert done.returncode != 0
    assert "thing: nobody has looked at its licence yet: 'Ask the author'" in done.stderr


def test_the_bill_is_cyclonedx(tmp_path: Path):
    """The bill follows CycloneDX's own schema; a part without a name does not."""
    wheels = wheel(tmp_path, INFO__METADATA=METADATA.format("MIT"))
    for name in ("none.txt", "empty.json"):
        (tmp_path / name).write_text('{"packages":{}}' if name == "empty.json" else "")
    spec = importlib.util.spec_from_file_location("bill", PACKAGING / "bill.py")
    bill = importlib.util.module_from_spec(spec)
    sys.modules["bill"] = bill
    spec.loader.exec_module(bill)
    written = bill.cyclonedx("2026.01.02", 0, list(bill.wheel_parts(wheels)))

    assert [] == faults_of(written)
    del written["components"][0]["name"]
    assert faults_of(written)


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        ("", 0, "NOT AUDITED"),
        ('{"dependencies":[{"name":"a","skip_reason":"not found"}]}', 0, "NOT AUDITED, since nothing can be had"),
        ('{"dependencies":[{"name":"a","version":"1","vulns":[]}]}', 0, "1 packages audited, 0 known faults."),
        (
            '{"dependencies":[{"name":"a","version":"1","vulns":[{"id":"CVE-1","fix_versions":["2"]}]}]}',
            1,
            "a 1: CVE-1, fixed in 2",
        ),
    ],
)
def test_audit_names_packages_without_a_result(tmp_path: Path, report: str, code: int, words: str):
    """A known fault fails; a package that could not be looked up is reported, and not counted as fine."""
    (tmp_path / "report.json").write_text(report)
    done = run("audit.py", tmp_path / "report.json")

    assert code == done.returncode
    assert words in done.stdout


def test_npm_archives_are_vouched_for(tmp_path: Path):
    """An archive with the right name and other content is not unpacked."""
    lock = json.loads((CHECKOUT / "source/package-lock.json").read_text())
    version = lock["packages"]["node_modules/uplot"]["version"]
    (tmp_path / f"uplot-{version}.tgz").write_bytes(b"something else")
    done = run("unpack_npm.py", tmp_path, tmp_path / "uplot", tmp_path / "esbuild")

    assert done.returncode != 0
    assert "is not what package-lock.json names" in done.stderr
    assert not (tmp_path / "uplot").exists()
    assert not (tmp_path / "esbuild").exists()


def fill(folder: Path, template: str) -> subprocess.CompletedProcess[str]:
    """Fill in *template*, with a changelog of characters that XML must escape."""
    (folder / "template").write_text(template)
    (folder / "changes").write_text('# Changes\n\n### 2026.01.02\n\n- Fixed: a < b & c, by @VERSION@ "really".\n')
    base = "https://example.org/uma/"
    return run("fill.py", folder / "template", folder / "changes", "2026.01.02", "ab12", base, folder / "uma.plg")


def test_plg_is_filled_in(tmp_path: Path):
    """Each placeholder has its value, and the changelog arrives as it was written."""
    done = fill(
        tmp_path,
        '<!DOCTYPE PLUGIN [<!ENTITY version "@VERSION@">]>\n'
        '<PLUGIN version="&version;"><CHANGES>@CHANGES@</CHANGES>'
        "<FILE><URL>@BASE_URL@/uma.txz</URL><SHA256>@SHA256@</SHA256></FILE></PLUGIN>\n",
    )
    assert done.returncode == 0, done.stderr
    plugin = ElementTree.parse(tmp_path / "uma.plg").getroot()

    assert plugin.get("version") == "2026.01.02"
    assert plugin.findtext("CHANGES") == '\n### 2026.01.02\n\n- Fixed: a < b & c, by @VERSION@ "really".\n'
    assert plugin.findtext("FILE/URL") == "https://example.org/uma/uma.txz"
    assert plugin.findtext("FILE/SHA256") == "ab12"


def test_plugins_tab_shows_ten_lines_at_most(tmp_path: Path):
    """The plugin manager shows the newest section's first entries, and that there are more."""
    entries = "".join(f"- Change {number}.\n" for number in range(30))
    (tmp_path / "template").write_text("<PLUGIN>@CHANGES@</PLUGIN>")
    (tmp_path / "changes").write_text(
        f"# Changes\n\n### 2026.01.02\n\n#### Added\n\n{entries}\n### 2025.01.01\n\n- Old.\n"
    )
    done = run(
        "fill.py", tmp_path / "template", tmp_path / "changes", "2026.01.02", "ab", "https://x", tmp_path / "out"
    )
    assert done.returncode == 0, done.stderr
    shown = ElementTree.parse(tmp_path / "out").getroot().text or ""
    lines = [line for line in shown.split("\n") if line]

    assert len(lines) == 10
    assert lines[0] == "### 2026.01.02"
    assert lines[2:4] == ["- Change 0.", "- Change 1."]
    assert lines[-1] == "- And more: see CHANGELOG.md."


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("<PLUGIN>@AUTHOR@</PLUGIN>", "nothing is known for @AUTHOR@"),
        ("<PLUGIN>@VERSION@", "no XML once it is filled in"),
    ],
)
def test_plg_refuses(tmp_path: Path, template: str, complaint: str):
    """A placeholder without a value fails, and so does a template that is not XML."""
    done = fill(tmp_path, template)

    assert done.returncode != 0
    assert complaint in done.stderr
    assert not (tmp_path / "uma.plg").exists()


@pytest.mark.parametrize("version", ["2026.9.1", "2026.02.30", "1.0", "2026.09.01ab", "v2026.09.01", ""])
def test_versions_are_dates(tmp_path: Path, version: str):
    """The plugin manager compares versions letter by letter: only dates of one width will do."""
    done = building.build(CHECKOUT, version, UMA_DIST=str(tmp_path / "dist"))

    assert done.returncode == 1
    assert f"'{version}'" in done.stderr
    assert not (tmp_path / "dist").exists()


def test_a_release_needs_the_projects_addresses(tmp_path: Path):
    """Without an address in source/uma/addresses.py a release is refused, and its name is in the message."""
    for name in ("packaging/release.sh", "source/uma/addresses.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    addresses = tmp_path / "source/uma/addresses.py"
    text = addresses.read_text()
    for name in ("DOWNLOAD_URL", "PROJECT_URL", "SUPPORT_URL"):
        addresses.write_text(re.sub(rf'^{name}: Final = ".*"', f'{name}: Final = ""', text, flags=re.MULTILINE))
        done = subprocess.run(
            ["bash", tmp_path / "packaging/release.sh"],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, name in done.stderr) == (1, True)
        text = re.sub(rf'^{name}: Final = ".*"', f'{name}: Final = "https://example.org"', text, flags=re.MULTILINE)
