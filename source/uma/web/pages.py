"""The dashboard's files, read once at start and served from memory."""

import hashlib
import mimetypes
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web

INDEX = "index.html"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    content_type: str
    etag: str


def pages_folder() -> Path:
    """Where the dashboard lies: in the plugin's folder on Unraid, in the checkout's otherwise."""
    installed = Path("/usr/local/emhttp/plugins/uma/dashboard")
    checkout = Path(__file__).parents[3] / "emhttp" / "dashboard"
    return checkout if checkout.is_dir() else installed


def read_pages(folder: Path) -> dict[str, Page]:
    """Every file below *folder* by its path relative to it; what is not in this table can't be asked for."""
    return {str(path.relative_to(folder)): _page_from(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _page_from(path: Path) -> Page:
    body = path.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Page(body, content_type, hashlib.sha256(body).hexdigest()[:16])


def page_response(request: web.Request, page: Page) -> web.Response:
    """*page*, or 304 where the client has it already."""
    headers = {hdrs.ETAG: f'"{page.etag}"', hdrs.CACHE_CONTROL: "no-cache", **SECURITY_HEADERS}
    known = request.if_none_match or ()
    if any(tag.value == page.etag for tag in known):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    charset = "utf-8" if page.content_type.startswith(("text/", "application/javascript")) else None
    return web.Response(body=page.body, content_type=page.content_type, charset=charset, headers=headers)
