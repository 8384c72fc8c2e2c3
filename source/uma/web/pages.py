"""The dashboard's files: read once at start, compressed, and served from memory."""

import hashlib
import html
import json
import re
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
DATA_ID = "uma-head-start"
"""Id of the element with data in the index."""

MAX_ACCEPT_CHARACTERS = 256
"""Characters of an Accept-Encoding header that are parsed; browsers send some 30."""

GZIP = 31
"""zlib's window bits for a gzip stream."""
MAX_AGE = 31_536_000

_EARLY = re.compile(rb'<script src="[^"<>]*/early\.js"></script>')

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
    has_data: bool = False
    """True if it contains data of this moment, which no cache may keep."""


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
    bodies = {name: path.read_bytes() for name, path in _served(paths).items()}
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


def _served(paths: Mapping[str, Path]) -> Mapping[str, Path]:
    """Return the files to serve, by name: bundles in place of all modules, as in a
    package, unless a module or a stylesheet is newer.
    """
    built = {name.removeprefix(BUILT): path for name, path in paths.items() if name.startswith(BUILT)}
    others = {name: path for name, path in paths.items() if not name.startswith(BUILT)}
    sources = (path for path in others.values() if path.suffix in (".js", ".css"))
    newest = max((path.stat().st_mtime_ns for path in sources), default=0)
    if not built or any(path.stat().st_mtime_ns < newest for path in built.values()):
        return others
    return {name: path for name, path in others.items() if path.suffix != ".js"} | built


def page_from(name: str, body: bytes) -> Page:
    """Prepare *body* for storage, with the type for *name*."""
    content_type = CONTENT_TYPES.get(Path(name).suffix, "application/octet-stream")
    return Page(zlib.compress(body, 9, wbits=GZIP), content_type, _digest(body))


def index_for(page: Page, display: Mapping[str, str], data: bytes | None = None) -> Page:
    """Insert the webGUI's *display* settings for numbers and times and, as JSON, the
    *data* of the first picture into the index *page*.
    """
    if not display and data is None:
        return page
    body = zlib.decompress(page.packed, wbits=GZIP)
    if display:
        settings = html.escape(json.dumps(display))
        body = body.replace(ELEMENT, f'<uma-dashboard display="{settings}">'.encode(), 1)
    filled = body if data is None else _with_data(body, data)
    if filled == body:
        return page_from(INDEX, body)
    # Level 1 takes a third of level 9's time, for a tenth more bytes.
    return Page(zlib.compress(filled, 1, wbits=GZIP), page.content_type, "", has_data=True)


def _with_data(index: bytes, data: bytes) -> bytes:
    """Insert *data* into *index* in place of the script early.js, which would request
    them.

    An index without that script stays as it is.
    """
    # Names of containers and shares are foreign: none can close the element. A script
    # of this type is not executed, so the policy permits it.
    safe = data.replace(b"<", b"\\u003c")
    element = b'<script type="application/json" id="%s">%s</script>' % (DATA_ID.encode(), safe)
    start, found, end = index.partition(b"</head>")
    before = _EARLY.sub(b"", start, count=1)
    # Last, so that the browser first sees the files to load.
    return index if before == start else before + element + found + end


def page_response(request: web.Request, page: Page, *, security: Mapping[str, str] = SECURITY_HEADERS) -> web.Response:
    """Return *page* with the headers *security*, or 304 if the client already
    has it.
    """
    keeping = f"public, max-age={MAX_AGE}, immutable" if page.is_lasting else "no-cache"
    headers = {
        hdrs.CACHE_CONTROL: "no-store" if page.has_data else keeping,
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
        **security,
    }
    if not page.has_data:
        # Weak: compressed and uncompressed it is the same page.
        headers[hdrs.ETAG] = f'W/"{page.etag}"'
        if _has_it(request, page):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    charset = "utf-8" if page.content_type.startswith("text/") else None
    body = page.packed
    if takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    else:
        body = zlib.decompress(body, wbits=GZIP)
    return web.Response(body=ChunkedBody([body]), content_type=page.content_type, charset=charset, headers=headers)


def _has_it(request: web.Request, page: Page) -> bool:
    """Return whether the client has *page*: If-None-Match lists it, or is ``*``, any
    version (RFC 9110, 13.1.2).
    """
    if request.headers.get(hdrs.IF_NONE_MATCH, "").strip(" \t") == "*":
        return True
    return any(tag.value == page.etag for tag in request.if_none_match or ())


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
