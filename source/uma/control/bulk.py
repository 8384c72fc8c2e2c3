"""``POST /api/v1/docker/containers/…``: one operation on one or many containers. Each
call is logged.
"""

from http import HTTPStatus

import msgspec
import structlog
from aiohttp import hdrs, web
from msgspec.json import encode

from uma.aio.deadline import within
from uma.control.containers import GONE, NO_SUCH, Containers
from uma.errors import BadRequest, DockerUnavailable
from uma.listener.request_head import MAX_BODY
from uma.web.problems import problem
from uma.web.rest import json_response
from uma.wire.answers import BulkAnswer, BulkRequest, BulkResult, BulkSummary

MOST_CONTAINERS = 100
BODY_TIMEOUT = 10.0
"""Seconds in which the request's body must arrive."""

LISTED = 12
"""Number of requested ids in the log, each of 12 characters as in Docker's commands."""

log = structlog.get_logger()


class Bulk:
    """Handler of the calls. An operation continues if its client disconnects.

    Each call is logged as a warning, so a higher LOG_LEVEL does not hide it.
    """

    def __init__(self, containers: Containers) -> None:
        self._containers = containers

    async def answer(self, request: web.Request) -> web.Response:
        """Run the operation of *request*, whose token has been checked.

        For many containers: 200 with a result for each. For one: 200 with its result,
        404 if it does not exist, 409 if its state does not allow the operation.
        """
        operation, name = request.match_info["operation"], request.match_info.get("name")
        try:
            asked = (name,) if name is not None else await _read_asked(request)
        except BadRequest as unfit:
            log.warning("containers not touched", operation=operation, peer=request.remote, reason=str(unfit))
            return problem(unfit.status, str(unfit), close=True)
        ids = " ".join(text[:LISTED] for text in asked)
        log.warning("bulk operation requested", operation=operation, peer=request.remote, total=len(asked), ids=ids)
        try:
            results = await self._containers.operate(operation, asked)
        except DockerUnavailable as absence:
            log.warning("containers not touched", operation=operation, peer=request.remote, reason=str(absence))
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(absence), headers={"Retry-After": "5"})
        failed = [result for result in results if not result.success]
        for result in failed:
            log.warning("container failed", operation=operation, id=result.container_id[:LISTED], reason=result.message)
        summary = BulkSummary(total=len(results), succeeded=len(results) - len(failed), failed=len(failed))
        log.warning(
            "containers done",
            operation=operation,
            peer=request.remote,
            succeeded=summary.succeeded,
            failed=summary.failed,
        )
        return _one_answer(results[0]) if name is not None else json_response(encode(BulkAnswer(results, summary)))


def _one_answer(result: BulkResult) -> web.Response:
    if result.success:
        return json_response(encode(result))
    is_missing = result.message in {NO_SUCH, GONE}
    return problem(HTTPStatus.NOT_FOUND if is_missing else HTTPStatus.CONFLICT, result.message)


async def _read_asked(request: web.Request) -> tuple[str, ...]:
    """Read the container ids in the body of *request*. Raises BadRequest if it is
    invalid.
    """
    body = await _read_body(request)
    try:
        asked = msgspec.json.decode(body, type=BulkRequest).container_ids
    except msgspec.ValidationError as error:
        detail = f'the body has to be {{"container_ids":["…"]}}: {error}'
        raise BadRequest(HTTPStatus.BAD_REQUEST, detail) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"request body is not valid JSON: {error}") from error
    if not 1 <= len(asked) <= MOST_CONTAINERS:
        detail = f"container_ids has {len(asked)} entries, where 1 to {MOST_CONTAINERS} are allowed"
        raise BadRequest(HTTPStatus.BAD_REQUEST, detail)
    return asked


async def _read_body(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        detail = "the body has to be JSON: Content-Type: application/json"
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        # aiohttp would unpack it, and fail if it can't.
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body without compression (Content-Encoding)")
    if request.content_length is None:
        raise BadRequest(HTTPStatus.LENGTH_REQUIRED, "the length of the body is required: send Content-Length")
    if request.content_length > MAX_BODY:
        raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is over {MAX_BODY} bytes")
    try:
        async with within(BODY_TIMEOUT):
            return await request.read()
    except TimeoutError as error:
        raise BadRequest(HTTPStatus.REQUEST_TIMEOUT, f"the body was not complete after {BODY_TIMEOUT:g} s") from error
