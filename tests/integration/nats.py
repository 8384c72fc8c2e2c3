"""A real NATS with JetStream that speaks MQTT: one node, or a cluster at 127.0.0.1, 127.0.0.2 and so on."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Self

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
        own, cluster = free_port(), free_port()
        routes = ", ".join(f'"nats-route://{host}:{cluster}"' for host in self.hosts)
        for host in self.hosts:
            joined = f'cluster {{ name: uma, listen: "{host}:{cluster}", routes: [{routes}] }}\n' if nodes > 1 else ""
            (folder / f"{host}.conf").write_text(
                f'server_name: "{host}"\nlisten: "{host}:{own}"\n'
                f'jetstream {{ store_dir: "{folder}/{host}", max_memory_store: 64MB, max_file_store: 256MB }}\n'
                f'mqtt {{ listen: "{host}:{self.port}" }}\n'
                f'websocket {{ listen: "{host}:{self.web_port}", no_tls: true }}\n{joined}'
            )

    def __enter__(self) -> Self:
        for host in self.hosts:
            command = [str(NATS), "-c", self._folder / f"{host}.conf"]
            self._nodes[host] = self._stack.enter_context(Program(command, log=self._folder / f"{host}.log"))
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

    def leader_of(self, stream: str) -> str:
        """The host of the node that was the first to lead a JetStream *stream*."""
        wanted = f"new stream leader for '$G > {stream}'"
        return until(
            lambda: next((host for host, node in self._nodes.items() if wanted in node.output), ""),
            READY_SECONDS,
            what=wanted,
        )
