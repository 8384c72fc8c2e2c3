"""The containers of demo/tower: Docker's inspects and Unraid's files, as a well-used server has them."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
ADDRESS = "192.168.1.10"


@dataclass(frozen=True)
class Load:
    """Mean figures of a running container; without rates if it uses another's network."""

    cores: float
    memory_mib: int
    cache_mib: int
    pids: int
    sent: int | None = None
    recv: int | None = None


@dataclass(frozen=True)
class Demo:
    """One container."""

    name: str
    image: str
    load: Load | None
    mode: str = "bridge"
    ports: tuple[tuple[str, str], ...] = ()
    webui: str | None = None
    state: str = "running"
    exit_code: int = 0
    restarts: int = 0
    health: str | None = None
    project: str | None = None
    limit: int = 0
    update: str = "true"


def container_id(name: str) -> str:
    """Return an id that depends on the name only."""
    return sha256(f"demo {name}".encode()).hexdigest()


IMMICH = "ghcr.io/immich-app"
LINUXSERVER = "lscr.io/linuxserver"

CONTAINERS = (
    Demo(
        "binhex-plexpass",
        "binhex/arch-plexpass",
        Load(0.62, 1180, 2900, 94),
        "host",
        webui="http://[IP]:[PORT:32400]/web",
    ),
    Demo(
        *("nextcloud", f"{LINUXSERVER}/nextcloud:latest", Load(0.09, 410, 780, 41, 18200, 9400), "proxynet"),
        (("443/tcp", "8443"),),
        "https://[IP]:[PORT:443]",
        health="healthy",
        update="false",
    ),
    Demo(
        "mariadb",
        f"{LINUXSERVER}/mariadb:latest",
        Load(0.05, 260, 340, 38, 5200, 4100),
        "proxynet",
        (("3306/tcp", "3306"),),
    ),
    Demo(
        *("swag", f"{LINUXSERVER}/swag:latest", Load(0.02, 96, 120, 33, 21400, 21900), "proxynet"),
        (("443/tcp", "18443"), ("80/tcp", "1880")),
        "https://[IP]:[PORT:443]",
    ),
    Demo(
        *("gluetun", "qmcgaw/gluetun", Load(0.04, 48, 30, 14, 812_000, 3_940_000)),
        ports=(("8080/tcp", "8090"), ("8888/tcp", "8888")),
        health="healthy",
    ),
    Demo(
        *("qbittorrent", f"{LINUXSERVER}/qbittorrent:latest", Load(0.21, 640, 5100, 29)),
        f"container:{container_id('gluetun')}",
        limit=2 * GIBIBYTE,
    ),
    Demo(
        *("homeassistant", "ghcr.io/home-assistant/home-assistant:stable", Load(0.17, 690, 410, 57), "host"),
        webui="http://[IP]:[PORT:8123]/",
    ),
    Demo(
        *("pihole", "pihole/pihole:latest", Load(0.01, 88, 60, 22, 2300, 2900), "br0"),
        webui="http://[IP]:[PORT:80]/admin",
        health="healthy",
        limit=512 * MEBIBYTE,
    ),
    Demo(
        *("frigate", "ghcr.io/blakeblackshear/frigate:stable", Load(1.4, 2100, 900, 118, 96_000, 6_100_000)),
        ports=(("5000/tcp", "5000"), ("8554/tcp", "8554"), ("8555/udp", "8555")),
        webui="http://[IP]:[PORT:5000]",
        restarts=3,
        health="unhealthy",
        update="false",
    ),
    Demo(
        *("immich_server", f"{IMMICH}/immich-server:release", Load(0.12, 720, 610, 48, 14000, 8000), "immich_default"),
        (("2283/tcp", "2283"),),
        health="healthy",
        project="immich",
    ),
    Demo(
        "immich_machine_learning",
        f"{IMMICH}/immich-machine-learning:release",
        Load(0.03, 1340, 220, 31, 900, 1200),
        "immich_default",
        health="healthy",
        project="immich",
        limit=4 * GIBIBYTE,
    ),
    Demo(
        *("immich_postgres", f"{IMMICH}/postgres:14", Load(0.04, 310, 1400, 26, 7000, 5000), "immich_default"),
        health="healthy",
        project="immich",
    ),
    Demo("immich_redis", "valkey/valkey:8", Load(0.01, 14, 8, 6, 3000, 3100), "immich_default", project="immich"),
    Demo(
        *("jellyfin", "jellyfin/jellyfin", None),
        ports=(("8096/tcp", "8096"),),
        webui="http://[IP]:[PORT:8096]/",
        state="exited",
    ),
    Demo(
        *("minecraft", "itzg/minecraft-server:latest", Load(0.0, 3900, 120, 63, 0, 0)),
        ports=(("25565/tcp", "25565"),),
        state="paused",
        limit=6 * GIBIBYTE,
    ),
    Demo(
        *("paperless-ngx", "ghcr.io/paperless-ngx/paperless-ngx:latest", None),
        ports=(("8000/tcp", "8010"),),
        webui="http://[IP]:[PORT:8000]/",
        state="restarting",
        exit_code=1,
        restarts=7,
        update="undef",
    ),
    Demo(
        *("speedtest", "henrywhitaker3/speedtest-tracker", None),
        ports=(("80/tcp", "8765"),),
        webui="http://[IP]:[PORT:80]",
        state="exited",
        exit_code=137,
        limit=256 * MEBIBYTE,
    ),
)

AUTOSTART = (
    "mariadb 20\nswag\nnextcloud\ngluetun 15\nqbittorrent\nbinhex-plexpass\nhomeassistant\npihole\nfrigate\nspeedtest\n"
)

LINKS = {
    "binhex-plexpass": f"http://{ADDRESS}:32400/web",
    "nextcloud": f"https://{ADDRESS}:8443",
    "swag": f"https://{ADDRESS}:18443",
    "homeassistant": f"http://{ADDRESS}:8123/",
    "frigate": f"http://{ADDRESS}:5000",
    "jellyfin": f"http://{ADDRESS}:8096/",
    "paperless-ngx": f"http://{ADDRESS}:8010/",
    "speedtest": f"http://{ADDRESS}:8765",
}


def container_files() -> dict[str, str]:
    """The recording and Unraid's own files about it, by their path below the tree."""
    updates = {_tagged(each.image): _update(each) for each in CONTAINERS if each.project is None}
    links = {name: {"running": True, "autostart": True, "url": url} for name, url in LINKS.items()}
    return {
        "demo/containers.json": _recording(),
        "var/lib/docker/unraid-autostart": AUTOSTART,
        "var/lib/docker/unraid-update-status.json": json.dumps(updates, indent=4),
        "var/local/emhttp/plugins/dynamix.docker.manager/docker.json": json.dumps(links, indent=4),
    }


def _recording() -> str:
    storage = {"kind": "vdisk", "size_bytes": 40 * GIBIBYTE, "used_bytes": 26_413_703_168, "usage_percent": 61.9}
    figures = ",\n".join(f'"{each.name}":{_line(_figures(each.load))}' for each in CONTAINERS if each.load is not None)
    inspected = ",\n".join(_line(_inspected(number, each)) for number, each in enumerate(CONTAINERS))
    head = f'{{\n"cpus":12,\n"image_storage":{_line(storage)},\n"figures":{{\n{figures}\n}},\n'
    return f'{head}"inspected":[\n{inspected}\n]\n}}\n'


def _figures(load: Load) -> dict[str, Any]:
    figures = {
        "cpu_cores": load.cores,
        "memory_bytes": load.memory_mib * MEBIBYTE,
        "cache_bytes": load.cache_mib * MEBIBYTE,
        "pids": load.pids,
    }
    return figures if load.sent is None else {**figures, "sent_per_sec": load.sent, "recv_per_sec": load.recv}


def _inspected(number: int, demo: Demo) -> dict[str, Any]:
    labels = (
        {"com.docker.compose.project": demo.project} if demo.project else {"net.unraid.docker.managed": "dockerman"}
    )
    if demo.webui:
        labels["net.unraid.docker.webui"] = demo.webui
    is_running = demo.state in {"running", "paused"}
    state = {
        "Status": demo.state,
        "OOMKilled": demo.exit_code == 137,
        "Pid": 4200 + number if is_running else 0,
        "ExitCode": demo.exit_code,
        "StartedAt": f"2026-11-{10 + number:02}T0{number % 10}:1{number % 6}:27.123456789Z",
    }
    if demo.health:
        state["Health"] = {"Status": demo.health}
    is_guest = demo.mode == "host" or demo.mode.startswith("container:")
    address = "192.168.1.53" if demo.mode == "br0" else f"172.18.0.{number + 2}"
    published = {port: [_binding("0.0.0.0", outside), _binding("::", outside)] for port, outside in demo.ports}
    return {
        "Id": container_id(demo.name),
        "Name": f"/{demo.name}",
        "RestartCount": demo.restarts,
        "State": state,
        "Config": {"Image": demo.image, "Labels": labels},
        "HostConfig": {
            "NetworkMode": demo.mode,
            "Memory": demo.limit,
            "PortBindings": {port: [_binding("", outside)] for port, outside in demo.ports},
        },
        "NetworkSettings": {
            "Ports": published if is_running else {},
            "Networks": {} if is_guest else {demo.mode: {"IPAddress": address}},
        },
    }


def _binding(address: str, port: str) -> dict[str, str]:
    return {"HostIp": address, "HostPort": port}


def _update(demo: Demo) -> dict[str, str | None]:
    digest = f"sha256:{container_id(demo.image)}"
    remote = {"true": digest, "false": f"sha256:{container_id(demo.image + ' newer')}"}.get(demo.update)
    return {"local": digest, "remote": remote, "status": demo.update}


def _tagged(image: str) -> str:
    image = image if "/" in image else f"library/{image}"
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def _line(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
