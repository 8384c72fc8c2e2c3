"""Unraid's files about updates, written for tests."""

import json
from pathlib import Path

PLUGIN = """\
<?xml version='1.0' standalone='yes'?>
<!DOCTYPE PLUGIN [
<!ENTITY name "{name}">
<!ENTITY version "{version}">
<!ENTITY url "https://example.org/&name;.plg">
]>
<PLUGIN name="&name;" author="somebody" version="&version;" pluginURL="&url;"{more}>
<CHANGES>
##&name;
- &undefined; and <unclosed
"""


def plugin_text(name: str, version: str, **more: str) -> str:
    """A plugin file whose root has entities, and whose rest is broken."""
    return PLUGIN.format(name=name, version=version, more="".join(f' {key}="{value}"' for key, value in more.items()))


def install(root: Path, name: str, version: str, **more: str) -> None:
    """Install a plugin: a file on flash, and a link to it in RAM."""
    flash, links = root / "boot/config/plugins", root / "var/log/plugins"
    for folder in (flash, links):
        folder.mkdir(parents=True, exist_ok=True)
    (flash / f"{name}.plg").write_text(plugin_text(name, version, **more))
    link = links / f"{name}.plg"
    link.unlink(missing_ok=True)
    link.symlink_to(f"/boot/config/plugins/{name}.plg")


def find(root: Path, name: str, version: str, **more: str) -> None:
    """Write the results of a check of plugins."""
    (root / "tmp/plugins").mkdir(parents=True, exist_ok=True)
    (root / f"tmp/plugins/{name}.plg").write_text(plugin_text(name, version, **more))


def release(root: Path, version: str) -> None:
    """Set the release of Unraid."""
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/unraid-version").write_text(f'version="{version}"\n')


def result(root: Path, answer: object) -> Path:
    """Write the result of a check of Unraid."""
    folder = root / "tmp/unraidcheck"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(answer, indent=4))
    return folder / "result.json"
