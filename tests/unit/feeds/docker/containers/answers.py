"""Docker's answers about containers, for tests."""

from typing import Any

ID = "c1" * 32


def listed(**changes: Any) -> dict[str, Any]:
    """An entry of the list as Docker 27 writes it."""
    return {
        "Id": ID,
        "Names": ["/plex"],
        "Image": "plexinc/pms-docker:latest",
        "ImageID": "sha256:0",
        "Command": "/init",
        "Created": 1_795_416_741,
        "Ports": [
            {"IP": "0.0.0.0", "PrivatePort": 32400, "PublicPort": 32400, "Type": "tcp"},
            {"IP": "::", "PrivatePort": 32400, "PublicPort": 32400, "Type": "tcp"},
            {"PrivatePort": 1900, "Type": "udp"},
        ],
        "Labels": {"net.unraid.docker.managed": "dockerman", "com.example.token": "secret"},
        "State": "running",
        "Status": "Up 3 hours (healthy)",
        "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2"}}},
        "Mounts": [],
        **changes,
    }


def inspected(container_id: str = ID, name: str = "plex", /, **changes: Any) -> dict[str, Any]:
    """The answer to an inspect of a running container; *changes* replace whole keys."""
    return {
        "Id": container_id,
        "Name": f"/{name}",
        "RestartCount": 2,
        "State": {
            "Status": "running",
            "Running": True,
            "OOMKilled": False,
            "Pid": 4711,
            "ExitCode": 0,
            "StartedAt": "2026-11-29T17:47:56.123456789Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
            "Health": {"Status": "healthy", "FailingStreak": 0, "Log": []},
        },
        "Config": {
            "Image": "plexinc/pms-docker:latest",
            "Env": ["PASSWORD=secret"],
            "Labels": {
                "net.unraid.docker.managed": "dockerman",
                "net.unraid.docker.webui": "http://[IP]:[PORT:32400]/web",
                "com.example.token": "secret",
            },
        },
        "HostConfig": {
            "NetworkMode": "bridge",
            "Memory": 0,
            "PortBindings": {"32400/tcp": [{"HostIp": "", "HostPort": "32400"}]},
        },
        "NetworkSettings": {
            "Ports": {
                "32400/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32400"}, {"HostIp": "::", "HostPort": "32400"}],
                "1900/udp": None,
            },
            "Networks": {"bridge": {"IPAddress": "172.17.0.2"}},
        },
        **changes,
    }


def state(status: str, exit_code: int = 0, **changes: Any) -> dict[str, Any]:
    """The State of an inspect."""
    started = "2026-11-29T17:47:56Z"
    return {"Status": status, "Pid": 0, "ExitCode": exit_code, "OOMKilled": False, "StartedAt": started, **changes}
