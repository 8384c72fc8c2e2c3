"""A registry of images on loopback, as much of it as Docker needs to pull one (OCI distribution specification)."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Registry:
    """Serves while its block lasts. Docker takes loopback without TLS."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[str, bytes]] = {}
        self._tags: dict[str, str] = {}
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry._answer(self)

            do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="registry")

    def image(self, name: str) -> str:
        """The whole name of image *name*, as Docker takes it."""
        return f"127.0.0.1:{self._server.server_port}/{name}"

    def publish(self, name: str, tag: str, program: bytes) -> str:
        """Publish an image whose one file is *program*; its digest."""
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            entry = tarfile.TarInfo("program")
            entry.size, entry.mode = len(program), 0o755
            tar.addfile(entry, io.BytesIO(program))
        content = layer.getvalue()
        config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/program"]}}
        config["rootfs"] = {"type": "layers", "diff_ids": [_digest(content)]}
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._keep(CONFIG, json.dumps(config).encode()),
            "layers": [self._keep(LAYER, gzip.compress(content, mtime=0))],
        }
        digest: str = self._keep(MANIFEST, json.dumps(manifest).encode())["digest"]
        self._tags[f"{name}:{tag}"] = digest
        return digest

    def _keep(self, kind: str, content: bytes) -> dict[str, str | int]:
        digest = _digest(content)
        self._blobs[digest] = (kind, content)
        return {"mediaType": kind, "size": len(content), "digest": digest}

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        *_, name, what, reference = ["", "", *request.path.strip("/").split("/")]
        digest = self._tags.get(f"{name}:{reference}", reference) if what in {"manifests", "blobs"} else ""
        kind, content = self._blobs.get(digest, ("application/json", b"{}"))
        request.send_response(200 if digest in self._blobs or request.path == "/v2/" else 404)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        if digest:
            request.send_header("Docker-Content-Digest", digest)
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(content)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
