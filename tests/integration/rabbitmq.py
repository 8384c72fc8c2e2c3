"""Debian's real RabbitMQ with its MQTT plugin, a broker of a test's own."""

import json
import re
import secrets
import shutil
import socket
from pathlib import Path
from typing import Any, Self

from .daemon import free_port
from .programs import Program, clean_environment, until

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 90.0


def why_not() -> str | None:
    """Return why there can be none on this machine; None if there can."""
    is_there = SERVER.exists() and shutil.which("epmd") is not None
    return None if is_there else "there is no RabbitMQ on this machine (Debian: rabbitmq-server)"


class RabbitMQ:
    """``rabbitmq-server`` at 127.0.0.1, its files in *folder*; *definitions* are users and permissions.

    A client without a login is the user ``uma``.
    """

    def __init__(self, folder: Path, *, definitions: dict[str, Any]) -> None:
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "log"
        self._folder = folder
        self._programs: list[Program] = []
        (folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n")
        settings = [
            "listeners.tcp = none",
            f"mqtt.listeners.tcp.1 = 127.0.0.1:{self.port}",
            "mqtt.allow_anonymous = true",
            "log.console = true",
            "log.file = false",
        ]
        (folder / "definitions.json").write_text(json.dumps(definitions))
        settings.append(f"load_definitions = {folder / 'definitions.json'}")
        # RabbitMQ 4 has one setting for anonymous clients of all protocols.
        user, password = ("mqtt.default_user", "mqtt.default_pass")
        if any(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-[4-9]*")):
            user, password = ("anonymous_login_user", "anonymous_login_pass")
        settings += [f"{user} = uma", f"{password} = secret"]
        (folder / "rabbitmq.conf").write_text("".join(f"{line}\n" for line in settings))

    def start(self) -> Self:
        """Start it and Erlang's port mapper, and wait until it listens."""
        mapper = free_port()
        environment = clean_environment(
            ERL_EPMD_PORT=str(mapper),
            HOME=str(self._folder),
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_CONFIG_FILE=str(self._folder / "rabbitmq.conf"),
            RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(self._folder / "enabled_plugins"),
            RABBITMQ_LOG_BASE=str(self._folder / "logs"),
            RABBITMQ_MNESIA_DIR=str(self._folder / "mnesia"),
            RABBITMQ_NODENAME=f"uma{secrets.token_hex(4)}@localhost",
            RABBITMQ_PID_FILE=str(self._folder / "pid"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}",
        )
        arguments = ["epmd", "-port", str(mapper), "-address", "127.0.0.1", "-relaxed_command_check"]
        self._programs.append(Program(arguments, log=self._folder / "epmd.log", environment=environment))
        self._programs.append(Program([SERVER], log=self.log, environment=environment))
        until(self._listens, START_SECONDS, what="RabbitMQ")
        return self

    def _listens(self) -> bool:
        assert self._programs[-1].is_running(), self._programs[-1].output
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def connections(self) -> int:
        """Return the number of clients that have logged in so far."""
        return len(re.findall("(?:accepting|Accepted) MQTT connection", self._programs[-1].output))

    def kill(self) -> None:
        """End it as a power cut does."""
        while self._programs:
            self._programs.pop().__exit__(None, None, None)


def permissions(write: str) -> dict[str, Any]:
    """Definitions of ``uma``, which may publish all, and of ``limited``, which may publish to topics matching the
    expression *write*, with dots for slashes. Both have the password ``secret``.
    """
    users = ("uma", "limited")
    return {
        "users": [{"name": user, "password": "secret", "tags": ""} for user in users],
        "vhosts": [{"name": "/"}],
        "permissions": [{"user": user, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"} for user in users],
        "topic_permissions": [
            {"user": "limited", "vhost": "/", "exchange": "amq.topic", "write": write, "read": ".*"},
        ],
    }
