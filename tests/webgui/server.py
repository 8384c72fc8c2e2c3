"""A server with the plugin installed: nginx and PHP-FPM over https, behind a login."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..integration.browser import Browser, Page
from ..integration.daemon import free_port
from ..integration.programs import Program, until
from ..package.server import Server

HERE = Path(__file__).parent
MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
PASSWORD = "secret"


@dataclass(frozen=True)
class Reply:
    """Answer to a request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """Its body as JSON."""
        return json.loads(self.body)


def fpm() -> str | None:
    """PHP-FPM, of any version."""
    return next((str(path) for path in sorted(Path("/usr/sbin").glob("php-fpm*"))), None)


def why_not() -> str | None:
    """Return the reason why this machine can't run a webGUI; None if it can."""
    if fpm() is None:
        return "there is no PHP-FPM on this machine (Debian: php-fpm)"
    if shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") is None or not MODULE.exists():
        return "there is no nginx with nchan on this machine (Debian: nginx-light, libnginx-mod-nchan)"
    return None


class WebGuiServer:
    """Nginx, PHP-FPM and *server*, on which the plugin is installed. ``end`` ends the first two."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.folder = server.root / "webgui"
        self.docroot = server.root / "usr/local/emhttp"
        self.socket = server.root / "var/run/nginx.socket"
        self.port = free_port()
        self._cookie = ""
        self._nginx: Program | None = None
        self._noted: object = None
        self.folder.mkdir()
        shutil.copytree(HERE / "docroot", self.docroot, dirs_exist_ok=True)
        (server.root / "etc").mkdir(exist_ok=True)
        self.set_version("7.3.3")
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tower"),
                *("-keyout", key, "-out", certificate),
            ],
            check=True,
            capture_output=True,
        )
        self._fill("nginx.conf", USER="user root;")
        self._fill("fpm.conf", USER="user = root")
        self._fpm = Program(
            [str(fpm()), "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", self.folder / "fpm.conf"],
            log=self.folder / "fpm.out",
        )
        until((self.folder / "fpm.socket").is_socket, what="PHP-FPM's socket")
        self.start_nginx()

    def _fill(self, name: str, **values: str) -> None:
        text = (HERE / name).read_text()
        values |= {
            "FOLDER": str(self.folder),
            "DOCROOT": str(self.docroot),
            "ROOT": str(self.server.root),
            "SOCKET": str(self.socket),
            "FPM": str(self.folder / "fpm.socket"),
            "PORT": str(self.port),
            "PATH": self.server.environment()["PATH"],
        }
        if os.geteuid() != 0:
            values["USER"] = ""
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        (self.folder / name).write_text(text)

    # ---- Actions

    def start_nginx(self) -> None:
        """Start it, and wait until it serves."""
        self.socket.unlink(missing_ok=True)
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self._nginx = Program(
            [str(nginx), "-e", self.folder / "nginx.log", "-c", self.folder / "nginx.conf"],
            log=self.folder / "nginx.out",
        )
        until(self.is_serving, what="nginx")

    def stop_nginx(self) -> None:
        """Stop it, as the webGUI does before it restarts it."""
        assert self._nginx is not None
        self._nginx.process.terminate()
        self._nginx.wait()
        self.socket.unlink(missing_ok=True)

    def is_serving(self) -> bool:
        """Return True if it answers."""
        try:
            return self.get("/login").status == 200
        except OSError:
            return False

    def reset(self) -> None:
        """Restore its first state."""
        flash = self.server.settings_file.parent
        shutil.rmtree(flash, ignore_errors=True)
        self.server.configure()
        self.server.run_as("-m uma")
        (self.server.root / "var/run/uma.json").unlink(missing_ok=True)
        if not self.is_serving():
            self.start_nginx()
        self.log_in()

    def note(self) -> None:
        """Remember the settings, the processes of UMA and nginx."""
        self._noted = self._now()

    def is_as_noted(self) -> bool:
        """Return True if all that ``note`` remembered is the same, and everything still runs."""
        return self._noted == self._now()

    def _now(self) -> object:
        flash = self.server.settings_file.parent
        files = {path: path.read_bytes() for path in sorted(flash.rglob("*")) if path.is_file()}
        nginx = None if self._nginx is None or not self._nginx.is_running() else self._nginx.process.pid
        return files, self.server.programs(), nginx

    def set_version(self, version: str) -> None:
        """Set the release of Unraid."""
        (self.server.root / "etc/unraid-version").write_text(f'version="{version}"\n')

    def end(self) -> None:
        """End nginx and PHP."""
        for program in (self._nginx, self._fpm):
            if program is not None and program.is_running():
                program.process.terminate()
                program.wait()

    @property
    def php_log(self) -> str:
        """PHP's warnings and errors."""
        path = self.folder / "php.log"
        return path.read_text() if path.exists() else ""

    # ---- Requests

    @property
    def url(self) -> str:
        """Return its address."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def csrf_token(self) -> str:
        """Return the token that each POST needs."""
        text = (self.server.root / "var/local/emhttp/var.ini").read_text()
        return text.split('csrf_token="', 1)[1].split('"', 1)[0]

    def get(self, path: str) -> Reply:
        """The answer to a GET."""
        return self._request("GET", path, None)

    def channel(self, name: str) -> Reply:
        """The oldest message of a channel; no body if none arrives within a second."""
        try:
            return self._request("GET", f"/sub/{name}", None, timeout=1)
        except TimeoutError:
            return Reply(0, http.client.HTTPMessage(), b"")

    def post(self, path: str, **fields: str) -> Reply:
        """The answer to a form."""
        return self._request("POST", path, urllib.parse.urlencode(fields))

    def request(self, method: str, path: str) -> Reply:
        """The answer to any method."""
        return self._request(method, path, None)

    def log_in(self) -> "WebGuiServer":
        """Sign in; later requests belong to this session."""
        self._cookie = ""
        reply = self.post("/login", password=PASSWORD)
        self._cookie = reply.headers["Set-Cookie"].split(";")[0]
        return self

    def _request(self, method: str, path: str, body: str | None, *, timeout: float = 30) -> Reply:
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)
        headers = {"Cookie": self._cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def open(self, browser: Browser, path: str, **context: Any) -> Page:
        """The page at *path* in a signed-in browser."""
        name, _, value = self._cookie.partition("=")
        cookie = {"name": name, "value": value, "domain": "127.0.0.1", "path": "/", "expires": -1}
        cookie |= {"httpOnly": True, "secure": False, "sameSite": "Strict"}
        return browser.open(
            self.url + path, ignoreHTTPSErrors=True, storageState={"cookies": [cookie], "origins": []}, **context
        )
