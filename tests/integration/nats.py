"""A real NATS with JetStream that speaks MQTT: one node, or a cluster at 127.0.0.1, 127.0.0.2 and so on."""

import json
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from .daemon import free_port
from .programs import CHECKOUT, Program, until

NATS = shutil.which("nats-server", path=f"{CHECKOUT}/.venv/bin")
READY_SECONDS = 60


class Nats:
    """``nats-server``; all of its *nodes* speak MQTT at ``port``, and MQTT over WebSocket at ``web_port``."""

    def __init__(self, folder: Path, *, nodes: int = 1) -> None:
        folder.mkdir()
        self.hosts = [f"127.0.0.{number + 1}" for number in range(nodes)]
        self.port, self.web_port = free_port(), free_port()
        self._folder = folder
        self._stack = ExitStack()
        self._nodes: dict[str, Program] = {}
        self._own, cluster = free_port(), free_port()
        routes = ", ".join(f'"nats-route://{host}:{cluster}"' for host in self.hosts)
        for host in self.hosts:
            joined = f'cluster {{ name: uma, listen: "{host}:{cluster}", routes: [{routes}] }}\n' if nodes > 1 else ""
            (folder / f"{host}.conf").write_text(
                f'server_name: "{host}"\nlisten: "{host}:{self._own}"\n'
                f'jetstream {{ store_dir: "{folder}/{host}", max_memory_store: 64MB, max_file_store: 256MB }}\n'
                f'mqtt {{ listen: "{host}:{self.port}" }}\n'
                f'websocket {{ listen: "{host}:{self.web_port}", no_tls: true }}\n{joined}'
            )

    def __enter__(self) -> Self:
        for host in self.hosts:
            self._start(host)
        for node in self._nodes.values():
            node.until_output("Server is ready", READY_SECONDS)
        if len(self.hosts) > 1:
            # "Self is new ..." at that node, "JetStream cluster new ...: NAME" at the others.
            next(iter(self._nodes.values())).until_output("metadata leader", READY_SECONDS)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def kill(self, host: str) -> None:
        """End one node as a power cut does."""
        self._nodes[host].process.kill()

    def lead(self, stream: str, host: str) -> None:
        """Have the node at *host* lead the JetStream *stream*, as an operator would."""
        wanted = json.dumps({"placement": {"preferred": host}})

        def leads() -> bool:
            if self._leader_of(stream) == host:
                return True
            self._request(host, f"$JS.API.STREAM.LEADER.STEPDOWN.{stream}", wanted)
            return False

        until(leads, READY_SECONDS, what=f"{stream} led by {host}")

    def _start(self, host: str) -> None:
        command = [str(NATS), "-c", self._folder / f"{host}.conf"]
        self._nodes[host] = self._stack.enter_context(Program(command, log=self._folder / f"{host}.log"))

    def _leader_of(self, stream: str) -> str | None:
        answer = self._request(self.hosts[0], f"$JS.API.STREAM.INFO.{stream}")
        return answer.get("cluster", {}).get("leader")

    def _request(self, host: str, subject: str, body: str = "") -> dict[str, Any]:
        """Return the answer to a request by NATS's own protocol; empty if there is none."""
        text = f"CONNECT {{}}\r\nSUB answer 1\r\nPUB {subject} answer {len(body)}\r\n{body}\r\n"
        try:
            with socket.create_connection((host, self._own), timeout=5) as connection:
                connection.sendall(text.encode())
                with connection.makefile("rb") as lines:
                    while not (line := lines.readline()).startswith(b"MSG answer"):
                        if not line:
                            return {}
                    answer: dict[str, Any] = json.loads(lines.readline())
                    return answer
        except OSError:
            return {}
