"""The dashboard's files: read once at start, compressed, and served from memory."""

import hashlib
import html
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web

from uma.web.chunked_body import ChunkedBody

INDEX = "index.html"
FLEET = "fleet.html"
DOCUMENTS = (INDEX, FLEET)
"""Files with addresses of their own, outside FOLDER."""
FOLDER = "dashboard/"
"""Prefix of the other files, in the index and in their addresses."""
BUILT = "built/"
"""Folder of the entry and the stylesheet with all their imports, in a checkout after
packaging/bundle_page.sh; a package has only these.
"""

CONTENT_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""Types of the pages' files by suffix. Python's own table takes 0.4 MB."""

ELEMENT = b"<uma-dashboard>"

MAX_ACCEPT_CHARACTERS = 256
"""Characters of an Accept-Encoding header that are parsed; browsers send some 30."""

GZIP = 31
"""zlib's window bits for a gzip stream."""
MAX_AGE = 31_536_000

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

FLEET_HEADERS = {
    **SECURITY_HEADERS,
    # On the fleet page the user enters the addresses of a broker and a Prometheus.
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"].replace(
        "connect-src 'self'", "connect-src http: https: ws: wss:"
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One file, *packed* as all browsers accept it, which takes a third of the memory.

    ``is_lasting`` is True if the address names the content, so browsers need never ask
    for it again.
    """

    packed: bytes
    content_type: str
    etag: str
    is_lasting: bool = False


def pages_folder() -> Path:
    """Return the dashboard's folder: the plugin's on Unraid, else the checkout's."""
    installed = Path("/usr/local/emhttp/plugins/uma/dashboard")
    checkout = Path(__file__).parents[3] / "emhttp" / "dashboard"
    return checkout if checkout.is_dir() else installed


def read_pages(folder: Path) -> dict[str, Page]:
    """Return every file below *folder* by its relative path; no other file is served.

    Each file has a second address, below a folder whose name is a hash of all files;
    the documents refer to these. Modules refer to each other relatively, so all files
    of a page are of one version, and of a new one after the daemon's next start.
    Without an index neither the page nor its files are served; the streams don't need
    them.
    """
    paths = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    if INDEX not in paths:
        return {}
    bodies = {name: path.read_bytes() for name, path in paths.items() if not name.startswith(BUILT)}
    bodies |= {name: path.read_bytes() for name, path in _built(paths).items()}
    pages = {name: page_from(name, body) for name, body in bodies.items()}
    version = _digest(b"".join(name.encode() + b"\0" + body for name, body in bodies.items()))
    lasting = {
        f"{version}/{name}": replace(page, is_lasting=True) for name, page in pages.items() if name not in DOCUMENTS
    }
    documents = {
        name: page_from(name, bodies[name].replace(f'"{FOLDER}'.encode(), f'"{FOLDER}{version}/'.encode()))
        for name in DOCUMENTS
        if name in bodies
    }
    return pages | lasting | documents


def _built(paths: Mapping[str, Path]) -> dict[str, Path]:
    """Return the bundles by the names that they replace; none if a source file is
    newer.
    """
    built = {name.removeprefix(BUILT): path for name, path in paths.items() if name.startswith(BUILT)}
    sources = [path for name, path in paths.items() if not name.startswith(BUILT) and path.suffix in (".js", ".css")]
    newest = max((path.stat().st_mtime_ns for path in sources), default=0)
    is_current = all(path.stat().st_mtime_ns >= newest for path in built.values())
    return built if is_current else {}


def page_from(name: str, body: bytes) -> Page:
    """Prepare *body* for storage, with the type for *name*."""
    content_type = CONTENT_TYPES.get(Path(name).suffix, "application/octet-stream")
    return Page(zlib.compress(body, 9, wbits=GZIP), content_type, _digest(body))


def index_for(page: Page, display: Mapping[str, str]) -> Page:
    """Insert the webGUI's *display* settings for numbers and times
    into the index *page*.
    """
    if not display:
        return page
    settings = html.escape(json.dumps(display))
    body = zlib.decompress(page.packed, wbits=GZIP)
    return page_from(INDEX, body.replace(ELEMENT, f'<uma-dashboard display="{settings}">'.encode(), 1))


def page_response(request: web.Request, page: Page, *, security: Mapping[str, str] = SECURITY_HEADERS) -> web.Response:
    """Return *page* with the headers *security*, or 304 if the client already
    has it.
    """
    headers = {
        # Weak: compressed and uncompressed it is the same page.
        hdrs.ETAG: f'W/"{page.etag}"',
        hdrs.CACHE_CONTROL: f"public, max-age={MAX_AGE}, immutable" if page.is_lasting else "no-cache",
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
        **security,
    }
    known = request.if_none_match or ()
    if any(tag.value == page.etag for tag in known):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    charset = "utf-8" if page.content_type.startswith(("text/", "application/javascript")) else None
    body = page.packed
    if takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    else:
        body = zlib.decompress(body, wbits=GZIP)
    return web.Response(body=ChunkedBody([body]), content_type=page.content_type, charset=charset, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """Return whether the header *accepted* lists gzip with a weight other than 0 (RFC
    9110, 12.5.3).
    """
    # Not a regular expression: one that looks ahead over blanks takes quadratic time.
    for item in accepted[:MAX_ACCEPT_CHARACTERS].split(","):
        coding, _, weight = item.partition(";")
        if coding.strip(" \t").lower() == "gzip":
            name, _, value = weight.partition("=")
            return name.strip(" \t").lower() != "q" or value.strip(" \t").rstrip("0").rstrip(".") not in ("", "0")
    return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
