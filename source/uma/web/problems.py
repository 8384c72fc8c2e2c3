"""Error bodies: RFC 9457 ``application/problem+json`` for every error."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from uma.spelling import hint
from uma.wire.problem import CONTENT_TYPE, problem_body


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, close: bool = False) -> web.Response:
    """Build an error response; *close* also ends the connection, if the rest of the
    request is not read.
    """
    response = web.Response(
        status=status, body=problem_body(status, detail), content_type=CONTENT_TYPE, headers=headers
    )
    response.headers["Cache-Control"] = "no-store"
    if close:
        response.force_close()
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give aiohttp's own errors (404, 405) a problem body, and end connections that
    requested an impossible upgrade.
    """
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        if refusal.status < HTTPStatus.BAD_REQUEST:
            raise
        # Drop the traceback: it closes a reference cycle through the request.
        refusal.__traceback__ = None
        allow = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else None
        response = problem(refusal.status, _detail(request, refusal), headers=allow)
    if response.status != HTTPStatus.SWITCHING_PROTOCOLS and (request.body_exists or "Upgrade" in request.headers):
        response.force_close()
        if "Connection" in response.headers:
            # aiohttp announces the end only in a header of its own.
            response.headers["Connection"] += ", close"
    return response


def _detail(request: web.Request, refusal: web.HTTPException) -> str:
    match refusal.status:
        case HTTPStatus.NOT_FOUND:
            paths = [resource.canonical for resource in request.app.router.resources()]
            # Decoded, a path with %2F can look like an address that exists.
            path = request.rel_url.raw_path if request.path in paths else request.path
            if not path:
                return f"{request.method} names no path: UMA is not a proxy"
            folder = path.rstrip("/")
            if folder not in paths and any(known.startswith(f"{folder}/") for known in paths):
                return f"there is nothing at {path} itself; /api/v1/openapi.json lists every address"
            return f"there is nothing at {path}{hint(request.path, paths, list_all=False)}"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return f"{request.path} does not take {request.method}"
        case _:
            return refusal.reason or "refused"
