"""Error bodies: RFC 9457 ``application/problem+json`` for every refusal."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from uma.wire.problem import CONTENT_TYPE, problem_body


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, close: bool = False) -> web.Response:
    """Build an error response; *close* also ends the connection,
    for requests whose rest is not read.
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
    """Give aiohttp's own refusals (404, 405) a problem body, and end connections that
    asked for an upgrade in vain.
    """
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        if refusal.status < HTTPStatus.BAD_REQUEST:
            raise
        # The request has it, whose frames have the request:
        # such a circle stays until Python looks for some.
        refusal.__traceback__ = None
        allow = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else None
        response = problem(refusal.status, _detail(request, refusal), headers=allow)
    if response.status != HTTPStatus.SWITCHING_PROTOCOLS and (request.body_exists or "Upgrade" in request.headers):
        response.force_close()
    return response


def _detail(request: web.Request, refusal: web.HTTPException) -> str:
    match refusal.status:
        case HTTPStatus.NOT_FOUND:
            return f"there is nothing at {request.path}"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return f"{request.path} does not take {request.method}"
        case _:
            return refusal.reason or "refused"
