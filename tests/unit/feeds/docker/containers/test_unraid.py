"""Unraid's files about containers: table rows, damage and half-written files."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.docker.containers.model import ContainerPort
from uma.feeds.docker.containers.parse import Record
from uma.feeds.docker.containers.unraid import (
    UnraidFiles,
    Update,
    manager_of,
    parse_autostart,
    parse_links,
    parse_updates,
    read_service,
    read_unraid_files,
    tagged,
    webui_of,
)
from uma.host import Host

RECORD = Record("c1" * 32, "plex", "plexinc/pms-docker", "running", network_mode="bridge")
FILES = UnraidFiles(address="192.168.1.5", links={"plex": "http://192.168.1.5:1/seen"})
PORTS = (ContainerPort("0.0.0.0", 8080, 80, "tcp"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plex 30\nswag\n", {"plex": 30, "swag": None}),
        ("plex\r\n\n  db 5  \n", {"plex": None, "db": 5}),
        ("plex 0\nplex 5\n", {"plex": None}),
        ("plex soon\ndb -3\nx 9999999\ny 99999", {"plex": None, "db": None, "x": None, "y": None}),
        ("", {}),
    ],
)
def test_autostart_is_name_and_wait(text: str, expected: dict[str, int | None]) -> None:
    """A wait of 0, or one that is not a number, is None."""
    assert parse_autostart(text) == expected


def test_each_update_entry_is_judged_by_itself() -> None:
    """True is up to date; null, undef and foreign entries are unknown and affect nothing else."""
    text = json.dumps(
        {
            "library/nginx:latest": {"local": "sha256:a", "remote": "sha256:a", "status": "true"},
            "a/b:1": {"local": "sha256:a", "remote": "sha256:b", "status": "false"},
            "a/c:1": {"local": "sha256:a", "remote": None, "status": "undef"},
            "a/d:1": None,
            "a/e:1": [1],
            "a/f:1": {"status": True},
            "a/g:1": {"status": ["true"]},
        },
        indent=4,
    )

    assert parse_updates(text) == {
        "library/nginx:latest": Update("up_to_date", "sha256:a", "sha256:a"),
        "a/b:1": Update("available", "sha256:a", "sha256:b"),
    }
    for cut in range(len(text)):
        assert set(parse_updates(text[:cut])) <= set()


@pytest.mark.parametrize(
    ("entry", "digests", "expected"),
    [
        (Update("available", "old", "new"), {"old"}, "available"),
        (Update("available", "old", "new"), {"new"}, "up_to_date"),
        (Update("available", "old", "new"), {"newest"}, "unknown"),
        # One image under both digests (unraid/webgui#2581, home-assistant/core#182911).
        (Update("available", "old", "new"), {"old", "new"}, "up_to_date"),
        (Update("available", "old", "new"), {"old", "older"}, "available"),
        (Update("available", "old", None), {"newest"}, "unknown"),
        # Built here, or not looked up yet: no digest to compare.
        (Update("available", "old", "new"), set(), "available"),
        (Update("available", "old", "new"), None, "available"),
        (Update("available", None, "new"), {"new"}, "available"),
        (Update("up_to_date", "old", "old"), {"new"}, "up_to_date"),
    ],
)
def test_an_update_of_another_image_is_stale(entry: Update, digests: set[str] | None, expected: str) -> None:
    """An image pulled outside the webGUI is not the one that the check compared."""
    assert entry.for_image(None if digests is None else frozenset(digests)) == expected


@pytest.mark.parametrize("value", [None, 7, "", [], "x" * 257])
def test_a_damaged_digest_is_none(value: object) -> None:
    """Without a valid digest the check's result counts."""
    text = json.dumps({"a/b:1": {"local": value, "remote": value, "status": "false"}})

    assert parse_updates(text) == {"a/b:1": Update("available")}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", "library/nginx:latest"),
        ("nginx:1.27", "library/nginx:1.27"),
        ("plexinc/pms-docker", "plexinc/pms-docker:latest"),
        ("lscr.io/linuxserver/plex:latest", "lscr.io/linuxserver/plex:latest"),
        ("registry.example:5000/img", "registry.example:5000/img:latest"),
        ("registry.example:5000/img:2", "registry.example:5000/img:2"),
        # The webGUI's splitImage takes what follows the last colon.
        ("a/b:1@sha256:00", "a/b:00"),
        ("nginx@sha256:00", "library/nginx@sha256:00"),
        ("docker.io/valkey/valkey:8-bookworm@sha256:5b8f", "docker.io/valkey/valkey:5b8f"),
        ("a/b:", "a/b:latest"),
    ],
)
def test_images_are_named_as_unraid_does(image: str, expected: str) -> None:
    """A port is not a tag, and Docker Hub's own images are below library."""
    assert tagged(image) == expected


@pytest.mark.parametrize(
    ("changes", "label", "expected"),
    [
        ({"ports": PORTS}, "http://[IP]:[PORT:80]/web", "http://192.168.1.5:8080/web"),
        ({}, "http://[IP]:[PORT:80]/web", "http://192.168.1.5:80/web"),
        ({"network_mode": "host"}, "https://[IP]:[PORT:443]", "https://192.168.1.5:443"),
        ({"network_mode": "br0", "address": "192.168.1.77"}, "http://[IP]:[PORT:80]/", "http://192.168.1.77:80/"),
        # A compose network with a published port is reached at the server.
        (
            {"network_mode": "stack_default", "address": "172.19.0.2", "ports": PORTS},
            "http://[IP]:[PORT:80]/",
            "http://192.168.1.5:8080/",
        ),
        # The same with the port in words (unraid/webgui#1616).
        (
            {"network_mode": "stack_default", "address": "172.19.0.2", "ports": PORTS},
            "http://[IP]:8080/web",
            "http://192.168.1.5:8080/web",
        ),
        ({"network_mode": "stack_default", "address": "172.19.0.2"}, "http://[IP]:80/", "http://172.19.0.2:80/"),
        # A stopped container on br0 keeps port mappings that never apply.
        (
            {"state": "exited", "network_mode": "br0", "ports": PORTS},
            "http://[IP]:[PORT:80]/",
            "http://192.168.1.5:1/seen",
        ),
        ({"network_mode": "br0"}, "http://[IP]:[PORT:80]/", "http://192.168.1.5:1/seen"),
        ({"network_mode": "container:" + "d2" * 32}, "http://[IP]:[PORT:80]/", None),
        ({}, None, "http://192.168.1.5:1/seen"),
        ({"name": "other"}, None, None),
        ({}, "http://media.example/", "http://media.example/"),
        # A login in the address must not be published.
        ({}, "http://admin:hunter2@media.example:80/a@b", "http://media.example:80/a@b"),
        ({"ports": PORTS}, "http://admin:p@ss@[IP]:[PORT:80]/web", "http://192.168.1.5:8080/web"),
        ({}, "http://admin@/x", None),
        ({}, "javascript:alert(1)", None),
        ({}, "http://x y/", None),
        ({}, "http://[PORT:80", None),
        ({}, "x" * 9999, None),
        ({}, "https:///path", None),
    ],
)
def test_the_web_page_is_resolved_as_the_webgui_does(changes: dict, label: str | None, expected: str | None) -> None:
    """Address and port are the server's if published, else the container's own; only http is accepted."""
    assert webui_of(replace(RECORD, webui_label=label, **changes), FILES) == expected


def test_no_address_is_made_up() -> None:
    """Without the server's address there is no link."""
    assert webui_of(replace(RECORD, webui_label="http://[IP]:80/"), UnraidFiles()) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"manager_label": "dockerman"}, "dockerman"),
        ({"manager_label": "dockerman", "compose_project": "x"}, "dockerman"),
        ({"manager_label": "composeman"}, "compose"),
        ({"compose_project": "media"}, "compose"),
        ({"manager_label": "portainer"}, "other"),
        ({}, "other"),
    ],
)
def test_labels_name_the_maker(changes: dict, expected: str) -> None:
    """Unraid's label has precedence over compose's."""
    assert manager_of(replace(RECORD, **changes)) == expected


@pytest.mark.parametrize(
    ("cfg", "expected"),
    [
        ('DOCKER_ENABLED="yes"\n', "stopped"),
        ('DOCKER_ENABLED="no"\n', "disabled"),
        ("DOCKER_IMAGE_SIZE=20\n", "disabled"),
        (None, "absent"),
    ],
)
def test_reasons_without_docker(tmp_path: Path, cfg: str | None, expected: str) -> None:
    """Disabled, stopped with the array, or never set up."""
    if cfg is not None:
        (tmp_path / "boot/config").mkdir(parents=True)
        (tmp_path / "boot/config/docker.cfg").write_text(cfg)

    assert read_service(Host(tmp_path)) == expected


def test_files_are_read_together(tmp_path: Path) -> None:
    """A missing file is empty; checks have the time at which Unraid wrote them."""
    assert read_unraid_files(Host(tmp_path)) == UnraidFiles(autostart={})
    folder = tmp_path / "var/lib/docker"
    folder.mkdir(parents=True)
    (folder / "unraid-autostart").write_text("plex 5\n")
    (folder / "unraid-update-status.json").write_text('{"a/b:1": {"status": "false"}}')
    os.utime(folder / "unraid-update-status.json", (1_795_416_741, 1_795_416_741))
    emhttp = tmp_path / "var/local/emhttp/plugins/dynamix.docker.manager"
    emhttp.mkdir(parents=True)
    (emhttp / "docker.json").write_text('{"plex": {"url": "http://192.168.1.5:32400/web"}, "x": {"url": "#"}, "y": 1}')
    (tmp_path / "var/local/emhttp/nginx.ini").write_text('NGINX_LANIP="192.168.1.5"\n')

    assert read_unraid_files(Host(tmp_path)) == UnraidFiles(
        autostart={"plex": 5},
        updates={"a/b:1": Update("available")},
        updates_at="2026-11-23T06:52:21Z",
        links={"plex": "http://192.168.1.5:32400/web"},
        address="192.168.1.5",
    )


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Any content of a file is parsed or left out."""
    parse_autostart(text)
    parse_updates(text)
    parse_links(text)
    tagged(text)
    webui_of(replace(RECORD, webui_label=text), FILES)
