"""All routes in one table, and the checks on a request in their order."""

import asyncio
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.typedefs import Handler

from uma.feeds.feed import Feed, Resource
from uma.fence.socket_door import OPERATIONS
from uma.web import rest
from uma.web.access import TOKEN_SUBPROTOCOL, Refusal
from uma.web.handshake import answer_offered_key, subprotocols
from uma.web.head_start import head_start
from uma.web.metrics import metrics
from uma.web.multiplex import multiplex
from uma.web.pages import FLEET, FLEET_HEADERS, INDEX, Page, index_for, page_response
from uma.web.problems import problem, problems
from uma.web.state import BULK, CONTAINERS, METRICS, SERVED, AppState
from uma.web.websocket import serve_frames

DATA_PREFIXES = ("/api/", "/metrics")
IDLE_SECONDS = 75
"""Keep-alive seconds of an idle connection, as announced to clients."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-site",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Default headers of every answer: data is not a document, and foreign pages may not
embed it.
"""

TOKEN_HEADER = "X-UMA-Token"  # noqa: S105 - a name, not a secret

IS_ADMITTED = web.RequestKey("is_admitted", bool)


def routes(feeds: Sequence[Feed]) -> list[web.RouteDef]:
    """List method, path and handler of every address."""
    return [
        *(web.get(f"/api/v1/ws/{feed.name}", _stream(feed.name)) for feed in feeds),
        web.get("/api/v1/ws", multiplex),
        *(route for feed in feeds for route in _feed_routes(feed)),
        web.get("/api/v1/feeds", rest.feeds),
        web.get("/api/v1/health", rest.health),
        web.get("/api/v1/openapi.json", rest.openapi),
        web.get("/api/v1/asyncapi.json", rest.asyncapi),
        web.get("/metrics", _enabled(METRICS, metrics)),
        web.get("/", _page),
        web.get("/fleet", _fleet),
        web.get("/dashboard/{name:.+}", _page),
    ]


def _feed_routes(feed: Feed) -> Iterator[web.RouteDef]:
    yield web.get(f"/api/v1/{feed.name}", _newest(feed.name) if feed.retained else _recent(feed.name))
    for resource in feed.resources:
        yield web.get(resource.path, _resource(feed.name, resource))


def writing_routes() -> list[web.RouteDef]:
    """List the further addresses while containers may be controlled."""
    operation = f"{{operation:{'|'.join(OPERATIONS)}}}"
    # In this order, so that a container called "bulk" is reached by its id.
    return [web.post(BULK + operation, _control), web.post(CONTAINERS + "{name}/" + operation, _control)]


class ControlResource(web.DynamicResource):
    """An address that the router ignores unless containers may be controlled, which a
    reload may change.
    """

    def __init__(self, path: str, served: AppState) -> None:
        super().__init__(path)
        self._served = served

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        """Resolve the request as the router expects."""
        return (None, set()) if self._served.control is None else await super().resolve(request)


def make_app(served: AppState) -> web.Application:
    """Build the application that serves *served*."""
    app = web.Application(middlewares=[problems, guard_access])
    app[SERVED] = served
    app.on_response_prepare.append(answer_offered_key)
    app.on_response_prepare.append(_allow_origin)
    app.on_response_prepare.append(_protect)
    app.add_routes(routes(served.feeds))
    for route in writing_routes():
        resource = ControlResource(route.path, served)
        app.router.register_resource(resource)
        resource.add_route(route.method, route.handler)
    return app


@web.middleware
async def guard_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check Host, then Origin, then token, then the body; then call the handler."""
    refusal = _refuse(request)
    if refusal is not None and refusal.status == HTTPStatus.UNAUTHORIZED:
        answer = await rest.public_part(request)
        if answer is not None:
            request[IS_ADMITTED] = True
            return answer
    if refusal is not None:
        if _writes(request):
            request.app[SERVED].denied_requests.note(request.remote, refusal.status)
        headers = {"WWW-Authenticate": 'Bearer realm="uma"'} if refusal.status == HTTPStatus.UNAUTHORIZED else None
        return problem(refusal.status, refusal.detail, headers=headers, close=True)
    request[IS_ADMITTED] = True
    if _is_preflight(request):
        methods, names = ("POST", ", Content-Type") if _writes(request) else ("GET", "")
        names = f"{hdrs.AUTHORIZATION}, {TOKEN_HEADER}{names}"
        headers = {"Access-Control-Allow-Methods": methods, "Access-Control-Allow-Headers": names}
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)
    refused = request.match_info.http_exception
    if request.method == hdrs.METH_OPTIONS and isinstance(refused, web.HTTPMethodNotAllowed):
        # HAProxy's default health check, also of pfSense and OPNsense.
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={hdrs.ALLOW: f"{refused.headers['Allow']},OPTIONS"})
    if request.body_exists and request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a {request.method} takes no request body", close=True)
    return await handler(request)


def _refuse(request: web.Request) -> Refusal | None:
    policy = request.app[SERVED].policy
    host, origins = request.headers.get(hdrs.HOST), request.headers.getall(hdrs.ORIGIN, [])
    refusal = None
    # No browser sends HTTP/1.0, or a request without Host; health checks of proxies do
    # both.
    if host is not None or request.version >= HttpVersion11:
        refusal = policy.refuse_host(host)
    if refusal is None and not request.raw_path.startswith(("/", "*")):
        # A target that names a host, as for a proxy, is checked by that host too.
        refusal = policy.refuse_host(request.host)
    if refusal is None:
        # Several Origin headers don't come from a browser: together they are malformed.
        refusal = policy.refuse_origin(", ".join(origins) if origins else None, host)
    if refusal is None and _carries_data(request) and not _is_preflight(request):
        # A token in an address ends up in histories and logs, so it may only read.
        writes = _writes(request)
        refusal = (
            policy.refuse_writer(_header_tokens(request)) if writes else policy.refuse_token(_offered_tokens(request))
        )
    return refusal


def _carries_data(request: web.Request) -> bool:
    """Return True if a token is required: everywhere but for the page. Unknown paths
    require one too, so that they reveal nothing.
    """
    match = request.match_info
    is_page = match.http_exception is not None or match.handler in (_page, _fleet)
    return not is_page or request.path.startswith(DATA_PREFIXES)


def _writes(request: web.Request) -> bool:
    return request.app[SERVED].control is not None and request.path.startswith(CONTAINERS)


def _header_tokens(request: web.Request) -> Iterator[str]:
    # UMA's own header, for pages behind a proxy whose login needs Authorization.
    yield from request.headers.getall(TOKEN_HEADER, [])
    scheme, _, credentials = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip()


def _offered_tokens(request: web.Request) -> Iterator[str]:
    yield from _header_tokens(request)
    for protocol in subprotocols(request):
        if protocol.startswith(TOKEN_SUBPROTOCOL):
            yield protocol.removeprefix(TOKEN_SUBPROTOCOL)
    yield from request.query.getall("token", [])


def _is_preflight(request: web.Request) -> bool:
    asks = hdrs.ORIGIN in request.headers and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    return asks and request.method == hdrs.METH_OPTIONS and request.path.startswith(DATA_PREFIXES)


async def _allow_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: allow the accepted page to read the answer."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or not request.get(IS_ADMITTED):
        return
    response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
    response.headers[hdrs.VARY] = ", ".join([*response.headers.getall(hdrs.VARY, []), hdrs.ORIGIN])


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: keep browsers from guessing the answer's type or
    embedding it.
    """
    if response.status != HTTPStatus.SWITCHING_PROTOCOLS:
        if response.keep_alive:
            response.headers["Keep-Alive"] = f"timeout={IDLE_SECONDS}"
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)


def _enabled(name: str, handler: Handler) -> Handler:
    """Wrap *handler*: answer 503 with the setting's name while stream *name* is
    disabled.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        setting = request.app[SERVED].disabled.get(name)
        if setting is not None:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{name} is switched off by the setting {setting}=no")
        return await handler(request)

    return handle


def _stream(name: str) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        served = request.app[SERVED]
        return await serve_frames(request, served.streams[name].subscribe(peer=request.remote), served.clients)

    return _enabled(name, handle)


def _newest(name: str) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        stream = request.app[SERVED].streams[name]
        stream.demand.touch()
        return await rest.newest_message(stream)

    return _enabled(name, handle)


def _recent(name: str) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return rest.recent_messages(request, request.app[SERVED].streams[name])

    return _enabled(name, handle)


def _resource(name: str, resource: Resource) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await rest.resource_answer(request, name, resource)

    return _enabled(name, handle)


async def _control(request: web.Request) -> web.StreamResponse:
    control = request.app[SERVED].control
    if control is None:
        raise web.HTTPNotFound
    return await control(request)


async def _page(request: web.Request) -> web.StreamResponse:
    served = request.app[SERVED]
    name = request.match_info.get("name", INDEX)
    page = served.pages.get(name)
    if page is None:
        raise web.HTTPNotFound
    if name == INDEX:
        data = await head_start(served)
        # In a thread, since it reads the settings and packs the page.
        page = await asyncio.to_thread(_index, page, served, data)
    return page_response(request, page)


def _index(page: Page, served: AppState, data: bytes | None) -> Page:
    return index_for(page, served.display(), data)


async def _fleet(request: web.Request) -> web.StreamResponse:
    page = request.app[SERVED].pages.get(FLEET)
    if page is None:
        raise web.HTTPNotFound
    return page_response(request, page, security=FLEET_HEADERS)
