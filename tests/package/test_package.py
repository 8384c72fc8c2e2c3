"""Contents and needs of the package, as it is written on disk."""

import gzip
import hashlib
import json
import lzma
import os
import re
import subprocess
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ..integration.programs import CHECKOUT
from .building import Package, build, build_package, copy_checkout
from .cyclonedx import faults_of

pytestmark = pytest.mark.timeout(600)  # the first of them builds

TREE = "usr/local/uma"
STDLIB = f"{TREE}/lib/python3.11"
GLIBC = {"ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"}
PAGE = 4096


def elf_files(unpacked: Path) -> list[Path]:
    return [path for path in unpacked.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]


def readelf(*arguments: str | Path) -> str:
    return subprocess.run(["readelf", "--wide", *arguments], capture_output=True, text=True, check=True).stdout


def dynamic(path: Path, tag: str) -> set[str]:
    """The values of one tag in a dynamic section."""
    return set(re.findall(rf"\({tag}\).*\[(.*)\]", readelf("--dynamic", path)))


def manifest_rows(package: Package) -> list[list[str]]:
    """Kind, name, version, licence, sum and origin of each part."""
    lines = package.beside(".manifest.txt").read_text().splitlines()
    return [re.split(r" {2,}", line) for line in lines if line.startswith(("pypi ", "npm ", "debian "))]


def test_layout_is_makepkgs(package: Package):
    """`./` comes first and no other name starts with it: installpkg looks for install/ without it."""
    listing = subprocess.run(["tar", "--list", "--file", package.path], capture_output=True, text=True, check=True)
    first, *others = listing.stdout.splitlines()

    assert first == "./"
    assert [name for name in others if name.startswith((".", "/"))] == []
    assert others == sorted(others, key=lambda name: name.rstrip("/"))
    assert "install/slack-desc" in others


def test_entries_are_roots_files_and_folders(entries: list[tarfile.TarInfo]):
    """There are only files and folders, all root's and of one day; a link would outlive the package's removal."""
    assert {entry.type for entry in entries} == {tarfile.REGTYPE, tarfile.DIRTYPE}
    assert {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, "", "")}
    assert len({entry.mtime for entry in entries}) == 1
    assert [entry.name for entry in entries if not re.fullmatch(r"[A-Za-z0-9_./+-]+", entry.name)] == []


def test_modes(entries: list[tarfile.TarInfo]):
    """Folders are readable by all, like those of the system; only started files are executable."""
    started = {
        f"{prefix}{path.relative_to(CHECKOUT / folder)}"
        for folder, prefix in (("source/package", ""), ("emhttp", "usr/local/emhttp/plugins/uma/"))
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file() and os.access(path, os.X_OK)
    }

    assert {entry.mode for entry in entries if entry.isdir()} == {0o755}
    assert {entry.mode for entry in entries if entry.isfile()} == {0o644, 0o755}
    executable = {entry.name for entry in entries if entry.isfile() and entry.mode == 0o755}
    assert executable == started | {f"{TREE}/bin/uma-python"}


def test_slack_desc(unpacked: Path):
    """The description has the 11 lines that pkgtools shows, all under the package's name."""
    lines = (unpacked / "install/slack-desc").read_text().splitlines()

    assert len(lines) == 11
    assert [line for line in lines if not line.startswith("uma:") or len(line) > 80] == []


def test_only_byte_code(unpacked: Path):
    """There is byte code that needs no source, and nothing else: Python would write more of it beside source."""
    sources = [str(path.relative_to(unpacked)) for path in unpacked.rglob("*.py")]
    checked = [path for path in unpacked.rglob("*.pyc") if path.read_bytes()[4:8] != b"\x01\x00\x00\x00"]

    assert sources == [f"{TREE}/lib/boot.py"]
    assert checked == []
    assert list(unpacked.rglob("__pycache__")) == []


def test_tracebacks_name_the_installed_path(unpacked: Path):
    """Byte code has the path that it is installed at, none of the builder's."""
    code = (unpacked / STDLIB / "site-packages/uma/daemon/main.pyc").read_bytes()

    assert b"/usr/local/uma/lib/python3.11/site-packages/uma/daemon/main.py" in code
    assert [path for path in unpacked.rglob("*.pyc") if b"build/stage" in path.read_bytes()] == []


BUNDLES = {
    "dashboard/uma-dashboard.js",
    "dashboard/early.js",
    "dashboard/dashboard.css",
    "dashboard/fleet/uma-fleet.js",
    "webgui/tile.js",
    "webgui/settings.js",
}


def test_webgui_folder_is_emhttps(package: Package, unpacked: Path):
    """The plugin's folder in the webGUI holds emhttp/ without its tests; the scripts are bundles, and none is left."""
    plugin = unpacked / "usr/local/emhttp/plugins/uma"
    checkout = CHECKOUT / "emhttp"

    def files(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def is_kept(name: str) -> bool:
        folders = ("dashboard/built/", "dashboard/uplot/")
        return not name.endswith((".js", "package.json")) and not name.startswith(folders) and name not in BUNDLES

    packed = files(plugin)
    assert {name for name in packed if name in BUNDLES} == BUNDLES
    assert {name: body for name, body in packed.items() if name not in BUNDLES} == {
        name: body for name, body in files(checkout).items() if is_kept(name)
    }


def test_help_for_the_terminal(unpacked: Path):
    """The manual page and bash's completion are where Slackware's man and bash-completion look for them."""
    for name in ("usr/local/man/man1/uma.1", "usr/share/bash-completion/completions/uma"):
        assert (unpacked / name).read_bytes() == (CHECKOUT / "source/package" / name).read_bytes()


def test_bundles_import_nothing(unpacked: Path):
    """A browser with an old cached script never mixes versions: each script is one file with all its needs."""
    plugin = unpacked / "usr/local/emhttp/plugins/uma"
    for name in BUNDLES:
        assert not re.search(r"""(?:from|import)\s*\(?\s*["']\.|@import""", (plugin / name).read_text()), name


def test_needs_the_hosts_glibc_only(unpacked: Path):
    """Linked libraries are in the package or are glibc's, of no version after 2.36; pyudev loads libudev by name."""
    elves = elf_files(unpacked)
    own = {path.name for path in elves}
    versions = {
        tuple(map(int, version.split(".")))
        for version in re.findall(r"GLIBC_([0-9.]+)", readelf("--version-info", *elves))
    }

    assert {name for path in elves for name in dynamic(path, "NEEDED")} - own - GLIBC == set()
    assert max(versions) <= (2, 36)


def test_one_search_path(unpacked: Path):
    """The interpreter has the libraries' paths, relative to itself; no other file has any."""
    paths = {path.name: dynamic(path, "RPATH") | dynamic(path, "RUNPATH") for path in elf_files(unpacked)}

    assert {name: path for name, path in paths.items() if path} == {"uma-python": {"$ORIGIN/../lib"}}
    assert dynamic(unpacked / TREE / "bin/uma-python", "RPATH")


def test_stripped(unpacked: Path):
    """No symbol table is left in anything."""
    assert [path for path in elf_files(unpacked) if ".symtab" in readelf("--sections", path)] == []


def installed_size(unpacked: Path) -> int:
    """Bytes in a RAM file system of 4 KiB pages."""
    sizes = [path.stat().st_size for path in unpacked.rglob("*") if path.is_file()]
    return sum(-(-size // PAGE) * PAGE for size in sizes)


def test_budgets(package: Package, unpacked: Path):
    """7 MB to download and keep on flash, 27 MB in RAM."""
    assert package.path.stat().st_size <= 7_000_000
    assert installed_size(unpacked) <= 27_000_000


@pytest.mark.parametrize("text", ["README.md", "packaging/community-applications/uma.xml"])
def test_texts_state_its_size(package: Package, unpacked: Path, text: str):
    """The published sizes are right."""
    packed, installed = package.path.stat().st_size / 1e6, installed_size(unpacked) / 1e6

    stated = (CHECKOUT / text).read_text().lower()
    assert f"{packed:.0f} mb to download" in stated
    assert f"in ram, the files take {installed:.0f} mb and the daemon " in stated


def test_checksum(package: Package):
    """The .sha256 file is the package's, as sha256sum checks it."""
    digest = hashlib.sha256(package.path.read_bytes()).hexdigest()

    assert package.beside(".txz.sha256").read_text() == f"{digest}  {package.path.name}\n"


def test_bill_names_every_wheel_of_the_lock(package: Package):
    """The manifest has each locked distribution but those of Windows, by a hash that the lock has."""
    lock = (CHECKOUT / "source/requirements.lock").read_text()
    locked = set(re.findall(r"^([\w.-]+)==(\S+)(?! ; sys_platform == 'win32')(?= [;\\])", lock, re.MULTILINE))
    rows = [row for row in manifest_rows(package) if row[0] == "pypi"]

    assert {(name.lower().replace("_", "-"), version) for _, name, version, *_ in rows} == locked
    assert [row for row in rows if f"sha256:{row[4]}" not in lock] == []


def test_bill_names_the_npm_packages_of_the_lock(package: Package, unpacked: Path):
    """The dashboard's import is named with its locked version, and is in its bundle."""
    packages = json.loads((CHECKOUT / "source/package-lock.json").read_text())["packages"]
    shipped = {path: pin for path, pin in packages.items() if path and not pin.get("dev")}
    locked = {(path.removeprefix("node_modules/"), pin["version"]) for path, pin in shipped.items()}

    assert {(name, version) for kind, name, version, *_ in manifest_rows(package) if kind == "npm"} == locked
    assert "u-over" in (unpacked / "usr/local/emhttp/plugins/uma/dashboard/uma-dashboard.js").read_text()


def test_bill_keeps_to_cyclonedx(package: Package):
    """The bill of materials is valid by CycloneDX's own schema."""
    assert [] == faults_of(json.loads(package.beside(".cdx.json").read_text()))


def test_bill_has_two_forms_and_is_installed(package: Package, unpacked: Path):
    """CycloneDX and the manifest name the same, with licence and sum; the manifest is in the package too."""
    bill = json.loads(package.beside(".cdx.json").read_text())
    components = [
        [
            {"deb": "debian"}.get(kind := part["purl"].removeprefix("pkg:").partition("/")[0], kind),
            part["name"],
            part["version"],
            part["licenses"][0]["expression"],
            part["hashes"][0]["content"],
            part["externalReferences"][0]["url"],
        ]
        for part in bill["components"]
    ]

    assert components == manifest_rows(package)
    assert bill["metadata"]["component"]["version"] == package.version
    assert (unpacked / TREE / "manifest.txt").read_text() == package.beside(".manifest.txt").read_text()


def test_licence_texts(package: Package, unpacked: Path):
    """Each wheel's, npm package's and Debian source package's licence text is there, and what Debian's refer to."""
    packed = gzip.decompress((unpacked / TREE / "licences.txt.gz").read_bytes()).decode()
    parts = re.split(r"^==== (\S+)\n\n", packed, flags=re.MULTILINE)[1:]
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    bill = json.loads(package.beside(".cdx.json").read_text())
    wanted = {
        part["externalReferences"][0]["url"].split("/")[4]
        if "pkg:deb" in part["purl"]
        else part["name"].lower().replace("_", "-")
        for part in bill["components"]
    }
    # A wheel's file name has _ for each - of its project's.
    texts = {name.partition("/")[0].lower().replace("_", "-") for name, text in found.items() if text.strip()}
    referred = {
        name.rstrip(".")
        for path, text in found.items()
        if path.endswith("/copyright")
        for name in re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", text)
    }

    assert texts == wanted | {"common-licenses"}
    assert {path.partition("/")[2] for path in found if path.startswith("common-licenses/")} == referred


def test_plg_fits_the_package(package: Package):
    """The uma.plg beside it has its version and sum, and no placeholder left."""
    text = package.path.with_name("uma.plg").read_text()

    assert hashlib.sha256(package.path.read_bytes()).hexdigest() in text
    assert package.version in text
    assert re.findall(r"@[A-Z0-9_]+@", text) == []


def test_store_entry_is_published_with_it(package: Package):
    """Community Applications finds the manifest at its own address, and the icon beside it."""
    entry = ElementTree.parse(package.path.with_name("uma.xml")).getroot()
    address = ElementTree.parse(package.path.with_name("uma.plg")).getroot().get("pluginURL")

    assert entry.findtext("PluginURL") == address
    assert entry.findtext("Icon") == f"{str(address).rpartition('/')[0]}/uma.png"
    assert package.path.with_name("uma.png").read_bytes() == (CHECKOUT / "emhttp/images/uma.png").read_bytes()


def test_built_again_it_is_the_same(package: Package, checkout: Path, tmp_path: Path):
    """Another build, in another folder, packs the same bytes; with UMA_FRESH=1, of files downloaded again, and it
    compresses them to the same.

    Else the compression is left out, which takes two thirds of a build: one thread of xz makes the same of the same.
    """
    elsewhere = copy_checkout(tmp_path / "a-folder-of-another-name", origin=checkout)
    fresh = {name: value for name in ("UMA_FRESH",) if (value := os.environ.get(name))}
    if fresh:
        (elsewhere / "build/cache").unlink()
    again = build_package(elsewhere, package.version, **(fresh or {"UMA_TRIAL": "1"}))

    assert sum_of_tar(again) == sum_of_tar(package)
    if fresh:
        assert again.path.read_bytes() == package.path.read_bytes()


def sum_of_tar(package: Package) -> str:
    """The SHA-256 of what is compressed in it."""
    with lzma.open(package.path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def test_one_thread_has_compressed_it(package: Package):
    """There is one block, without the sizes that several threads write, whose blocks depend on the builder."""
    done = subprocess.run(
        ["xz", "--robot", "--list", "-vv", package.path], capture_output=True, text=True, check=True, timeout=60
    )
    blocks = [line.split("\t") for line in done.stdout.splitlines() if line.startswith("block\t")]

    assert [(block[12], block[-1]) for block in blocks] == [("--", "--lzma2=dict=8MiB")]


def debian_inputs() -> set[str]:
    """The names in packaging/debian.txt, and those of the build alone."""
    lines = (CHECKOUT / "packaging/debian.txt").read_text().splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")} | {"python3-pip-whl", "base-files"}


def test_debian_inputs_are_named_with_their_suites(package: Package):
    """Beside the package is a file to pin a later build to: name=version of each Debian package, and its suites."""
    rows = [line.split() for line in package.beside(".debian.txt").read_text().splitlines()]

    assert {row[0].partition("=")[0] for row in rows} == debian_inputs()
    assert all(re.fullmatch(r"[a-z0-9.+-]+=\S+", pin) and suites.startswith("bookworm") for pin, suites in rows)


@pytest.mark.parametrize(("security", "words"), [("required", "bookworm-security is not among"), ("", "warning: ")])
def test_a_builder_without_the_security_suite(checkout: Path, tmp_path: Path, security: str, words: str):
    """A release is refused if apt has no security suite; any other build warns and continues."""
    builder = copy_checkout(tmp_path / "checkout", origin=checkout)
    cache = builder / "build/cache"
    cache.unlink()
    (cache / "debian").mkdir(parents=True)
    for name in sorted(debian_inputs()):
        (cache / f"debian/{name}.deb").write_bytes(b"")
    (cache / "debian/origins.txt").write_text("zlib1g=1 bookworm\n")
    (cache / "debian/suites.txt").write_text("bookworm\nbookworm-updates\n")
    subprocess.run("sha256sum -- * >../sums && mv ../sums SHA256SUMS", shell=True, check=True, cwd=cache / "debian")
    lines = (CHECKOUT / "packaging/debian.txt").read_text().splitlines()
    listed = [line.split()[0] for line in lines if line[:1] not in ("", "#")]
    (cache / "debian/KEY").write_text("\n".join([*listed, "python3-pip-whl", "base-files"]) + "\n")
    # Empty archives: the build ends when it unpacks them, after it has checked the suites.
    done = build(builder, UMA_SECURITY=security)

    assert done.returncode != 0
    assert "are of bookworm (1)" in done.stdout + done.stderr
    assert words in done.stderr
