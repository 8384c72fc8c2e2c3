"""Updates of containers whose images real dockerds pulled from a registry, with and without the webGUI."""

import json
from pathlib import Path

import pytest

from tests.supervised import Observed, supervised, until
from uma.feeds.docker.containers.source import ContainersSource
from uma.feeds.feed import Demand
from uma.host import Host

from .dockerd import Dockerd
from .registry import Registry


def pull(dockerd: Dockerd, image: str) -> None:
    told = dockerd.request_text("POST", "images/create", {"fromImage": image, "tag": "latest"})
    assert "error" not in told, told


def create(dockerd: Dockerd, name: str, image: str) -> None:
    body = json.dumps({"Image": image, "Labels": {"net.unraid.docker.managed": "dockerman"}}).encode()
    dockerd.request("POST", "containers/create", {"name": name}, body, kind="application/json")


def note(root: Path, image: str, local: str, remote: str) -> None:
    """Have the webGUI's check find something, which it writes in place."""
    status = {"local": local, "remote": remote, "status": "true" if local == remote else "false"}
    (root / "var/lib/docker/unraid-update-status.json").write_text(json.dumps({image: status}, indent=4))


def updates(observed: Observed) -> dict[str, str]:
    return {container.name: container.update for container in observed.published[-1].containers}


@pytest.mark.timeout(600)  # each Docker is downloaded once
async def test_an_image_pulled_elsewhere_is_not_an_update(dockerd_of_suite: Dockerd, tmp_path: Path) -> None:
    """A new image under the old tag differs from the one that the webGUI's check compared; so does its container."""
    dockerd = dockerd_of_suite
    (tmp_path / "var/lib/docker").mkdir(parents=True)
    with Registry() as registry:
        image = registry.image("app")
        tagged = f"{image}:latest"
        first = registry.publish("app", "latest", b"one")
        pull(dockerd, image)
        create(dockerd, "old", tagged)
        second = registry.publish("app", "latest", b"two")
        note(tmp_path, tagged, first, second)
        source = ContainersSource(Host(tmp_path), socket=dockerd.socket, demand=Demand(), poll_interval=3600.0)
        async with supervised(source) as observed:
            await observed.until_status("ok", 30)
            await until(lambda: updates(observed) == {"old": "available"}, 30)
            # As compose or a script does.
            pull(dockerd, image)
            create(dockerd, "new", tagged)
            await until(lambda: updates(observed) == {"old": "available", "new": "up_to_date"}, 30)
            third = registry.publish("app", "latest", b"three")
            note(tmp_path, tagged, second, third)
            await until(lambda: updates(observed) == {"old": "unknown", "new": "available"}, 30)
