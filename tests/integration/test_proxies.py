"""docs/proxies.md: its nginx, Caddy and Traefik examples, as printed, in front of a real daemon."""

import asyncio
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from .certificates import Authority
from .daemon import Daemon, free_port
from .programs import CHECKOUT, Program, clean_environment, until

TEXT = (CHECKOUT / "docs/proxies.md").read_text()
NAME = "home.example.com"
PATH = f"{CHECKOUT}/.venv/bin:/usr/sbin:/usr/local/sbin:/sbin"


class Loopback(AbstractResolver):
    """Every name resolves to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to do."""


def example(language: str) -> str:
    """The block of that language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"there is no {name} on this machine")
    return found


@contextmanager
def nginx(text: str, folder: Path) -> Iterator[None]:
    """Nginx with *text* among its servers."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{temporary}{text}}}\n"
    )
    with Program([program("nginx"), "-e", "stderr", "-p", folder, "-c", config], log=folder / "log"):
        yield


@contextmanager
def caddy(text: str, folder: Path) -> Iterator[None]:
    """Caddy with *text* for its file; it stores nothing elsewhere."""
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {folder}\n}}\n{text}")
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", config]
    with Program(command, log=folder / "log", environment=clean_environment(HOME=str(folder))):
        yield


@contextmanager
def traefik(text: str, folder: Path, port: int) -> Iterator[None]:
    """Traefik with *text* for its file; it asks nobody for newer versions."""
    config = folder / "uma.yaml"
    config.write_text(text)
    options = [
        f"--entryPoints.websecure.address=127.0.0.1:{port}",
        f"--providers.file.filename={config}",
        "--global.checkNewVersion=false",
        "--global.sendAnonymousUsage=false",
    ]
    with Program([program("traefik"), *options], log=folder / "log", environment=clean_environment(HOME=str(folder))):
        yield


class Proxied:
    """An example that runs before *daemon*: its port, and how its certificate is checked."""

    def __init__(self, daemon: Daemon, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.daemon = daemon
        self.port = free_port()
        authority = Authority(folder / "authority")
        self.certificate, self.key = authority.certify(f"DNS:{NAME}")
        self._trust = ssl.create_default_context(cafile=authority.certificate)
        self._trust.verify_flags &= ~ssl.VERIFY_X509_STRICT if hasattr(ssl, "VERIFY_X509_STRICT") else -1

    def nginx_text(self) -> str:
        return (
            example("nginx")
            .replace("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl")
            .replace("/etc/ssl/home.crt", str(self.certificate))
            .replace("/etc/ssl/home.key", str(self.key))
            .replace("tower:34600", self.daemon.server)
        )

    def caddy_text(self) -> str:
        head = f"https://{NAME}:{self.port} {{\n    bind 127.0.0.1\n    tls {self.certificate} {self.key}"
        return example("caddy").replace(f"{NAME} {{", head).replace("tower:34600", self.daemon.server)

    def traefik_text(self) -> str:
        pair = f"tls:\n  certificates:\n    - certFile: {self.certificate}\n      keyFile: {self.key}\n"
        return example("yaml").replace("tower:34600", self.daemon.server) + pair

    def run(self, proxy: str) -> AbstractContextManager[None]:
        """Run that *proxy* with its example."""
        if proxy == "nginx":
            return nginx(self.nginx_text(), self.folder)
        if proxy == "caddy":
            return caddy(self.caddy_text(), self.folder)
        return traefik(self.traefik_text(), self.folder, self.port)

    @property
    def base(self) -> str:
        return f"https://{NAME}:{self.port}/uma"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client by which the name is this machine's."""
        await asyncio.to_thread(until, self._forwards, what="the proxy")
        connector = aiohttp.TCPConnector(resolver=Loopback(), ssl=self._trust)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield session

    def _forwards(self) -> bool:
        """Check whether the proxy has read its file: Traefik opens its port before."""
        request = f"GET /uma/ HTTP/1.1\r\nHost: {NAME}:{self.port}\r\nConnection: close\r\n\r\n"
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), 5) as plain,
                self._trust.wrap_socket(plain, server_hostname=NAME) as secure,
            ):
                secure.sendall(request.encode())
                return secure.recv(64).split(b" ")[1] in (b"200", b"421")
        except OSError:
            return False


@pytest.fixture
def proxied(make_daemon: Callable[..., Daemon], tmp_path: Path) -> Proxied:
    """A daemon that knows the proxy's name, as the page says."""
    setting = re.search(r'`ALLOWED_ORIGINS="(.*?)"`', TEXT)
    assert setting is not None
    daemon = make_daemon()
    daemon.configure(ALLOWED_ORIGINS=setting[1], STATS_INTERVAL=1)
    return Proxied(daemon.start(), tmp_path / "proxy")


@pytest.mark.parametrize("proxy", ["nginx", "caddy", "traefik"])
async def test_a_page_is_live_through_the_proxy(proxied: Proxied, proxy: str) -> None:
    """Below the sub path, through TLS and the proxy's name, page, REST and WebSockets work for a page of that name."""
    with proxied.run(proxy):
        async with proxied.client() as client:
            async with client.get(f"{proxied.base}/") as answer:
                page = await answer.text()
                assert (answer.status, "uma-dashboard" in page) == (200, True)
            # As a browser follows it.
            async with client.get(f"{proxied.base}", allow_redirects=False) as answer:
                assert answer.status in (301, 302)
                assert answer.headers["Location"].endswith("/uma/")
            async with client.get(f"{proxied.base}/api/v1/health") as answer:
                assert (await answer.json())["service"] == "uma"
            headers = {"Origin": f"https://{NAME}:{proxied.port}"}
            async with client.ws_connect(f"{proxied.base}/api/v1/ws/system/stats", headers=headers) as stream:
                assert (await stream.receive_json(timeout=10))["type"] == "stats"


async def test_a_proxy_that_drops_upgrade(proxied: Proxied) -> None:
    """Without the two headers REST works, and a WebSocket is refused with 426, as the table says."""
    text = re.sub(r".*proxy_set_header (Upgrade|Connection).*\n", "", proxied.nginx_text())
    with nginx(text, proxied.folder):
        async with proxied.client() as client:
            async with client.get(f"{proxied.base}/api/v1/health") as answer:
                assert answer.status == 200
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await client.ws_connect(f"{proxied.base}/api/v1/ws/system/stats")
    assert refused.value.status == 426


async def test_an_unknown_name(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """Without the name in ALLOWED_ORIGINS the answer is 421, as the table says."""
    proxied = Proxied(make_daemon().start(), tmp_path / "proxy")
    with nginx(proxied.nginx_text(), proxied.folder):
        async with proxied.client() as client, client.get(f"{proxied.base}/api/v1/health") as answer:
            assert answer.status == 421
