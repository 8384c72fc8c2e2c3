"""WebSocket handshakes: their checks, and their correction for aiohttp."""

import base64
import binascii
import hashlib
from http import HTTPStatus

from aiohttp import HttpVersion11, hdrs, web
from multidict import CIMultiDict

from uma.web.access import TOKEN_SUBPROTOCOL
from uma.web.problems import problem

GUIDE_KEY_LENGTH = 13
KEY_LENGTH = 16
_ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
REQUIRED: dict[str, str] = {hdrs.UPGRADE: "websocket", hdrs.CONNECTION: "Upgrade"}
"""Headers of a 426; an Upgrade header is also a connection option (RFC 9110, 7.8)."""
OFFERED_KEY = web.RequestKey("offered_key", str)


def refuse_handshake(request: web.Request) -> web.Response | None:
    """Check the handshake of *request*; return the response that refuses it,
    or None.
    """
    asked = "websocket" in _options(request, hdrs.UPGRADE) and "upgrade" in _options(request, hdrs.CONNECTION)
    if not asked or request.method != hdrs.METH_GET or request.version < HttpVersion11:
        return problem(HTTPStatus.UPGRADE_REQUIRED, f"{request.path} speaks WebSocket only", headers=REQUIRED)
    if request.headers.getall(hdrs.SEC_WEBSOCKET_VERSION, []) != ["13"]:
        headers: dict[str, str] = {**REQUIRED, hdrs.SEC_WEBSOCKET_VERSION: "13"}
        return problem(HTTPStatus.UPGRADE_REQUIRED, "Sec-WebSocket-Version must be 13", headers=headers, close=True)
    keys = request.headers.getall(hdrs.SEC_WEBSOCKET_KEY, [])
    try:
        # A second one is a fault of its own (RFC 6455, 11.3.1).
        length = len(base64.b64decode(keys[0], validate=True)) if len(keys) == 1 else 0
    except (binascii.Error, ValueError):
        length = 0
    if length not in (KEY_LENGTH, GUIDE_KEY_LENGTH):
        return problem(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64", close=True)
    return None


def make_acceptable(request: web.Request) -> tuple[web.Request, tuple[str, ...]]:
    """Return *request* in a form that aiohttp accepts, and the subprotocols to accept.

    The guide's curl line sends a key of 13 bytes: aiohttp gets one of 16, and
    ``answer_offered_key`` answers the original. Subprotocols other than a token are not
    passed to aiohttp, which would log each as unknown. Only the accepted token is
    passed, since aiohttp keeps all of them as long as the connection.
    """
    offered = request.headers[hdrs.SEC_WEBSOCKET_KEY]
    tokens = tuple(
        protocol
        for protocol in subprotocols(request)
        if protocol.startswith(TOKEN_SUBPROTOCOL) and protocol.isascii() and protocol.isprintable()
    )[:1]
    # Only the headers that aiohttp's handshake reads, in the form that it accepts:
    # others would be encoded again, which fails for a byte that is not UTF-8.
    headers = CIMultiDict(
        {
            hdrs.UPGRADE: "websocket",
            hdrs.CONNECTION: "Upgrade",
            hdrs.SEC_WEBSOCKET_VERSION: "13",
            hdrs.SEC_WEBSOCKET_KEY: base64.b64encode(bytes(KEY_LENGTH)).decode(),
        }
    )
    if tokens:
        headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = ", ".join(tokens)
    acceptable = request.clone(headers=headers)
    acceptable[OFFERED_KEY] = offered
    return acceptable, tokens


async def answer_offered_key(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: replace aiohttp's accept header by the one for
    the client's own key.
    """
    offered = request.get(OFFERED_KEY)
    if offered is not None and hdrs.SEC_WEBSOCKET_ACCEPT in response.headers:
        digest = hashlib.sha1(offered.encode() + _ACCEPT_GUID).digest()  # noqa: S324 - RFC 6455 names SHA-1
        response.headers[hdrs.SEC_WEBSOCKET_ACCEPT] = base64.b64encode(digest).decode()


def _options(request: web.Request, name: str) -> set[str]:
    """Parse the list in header *name*, also over several lines,
    in lower case (RFC 9110, 5.6.1).
    """
    return {option.strip(" \t").lower() for line in request.headers.getall(name, []) for option in line.split(",")}


def subprotocols(request: web.Request) -> list[str]:
    """Return the subprotocols that a client offers."""
    offered = ",".join(request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, []))
    return [protocol.strip() for protocol in offered.split(",") if protocol.strip()]
