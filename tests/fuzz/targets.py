"""Readers of untrusted input, one function each: a case of *chance* fails if a promise is broken."""

import asyncio
import json
import random
import re
import socket
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import aiohttp.http_parser
import msgspec
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict, CIMultiDictProxy

from tests.access_table import HOSTS, ORIGINS
from tests.support.feeds import RULES, encode, parse_config
from tests.support.raw_sockets import PING, TEXT, frame, upgrade_head
from tests.unit.feeds.storage.test_fuzz import SMART, check, damaged
from tests.unit.web.test_rfc6455 import CASES
from tests.unit.web.test_rfc9112 import REFUSED, SERVED
from uma.config.parse import MAX_PROBLEMS
from uma.errors import BadCommand, SourceFailed, Unreadable
from uma.feeds.docker.events import Lines, parse_event, parse_refusal
from uma.feeds.docker.states import ContainerStates
from uma.feeds.hostnames import parse_hostnames
from uma.feeds.ini import is_cut, parse
from uma.feeds.smart.reading import parse_reading
from uma.feeds.storage.emhttp import is_consistent, parse_state
from uma.feeds.storage.status import status_from
from uma.listener.connection import GuardedConnection
from uma.listener.frame_inspector import FrameInspector
from uma.listener.limits import ConnectionLimiter
from uma.outputs.mqtt.announced import GRACE, WITHDRAWN, Announced
from uma.outputs.mqtt.packets import LARGEST_PACKET, PacketSizes
from uma.outputs.mqtt.topics import Topics
from uma.redaction import redact_ini, redact_smart_text, secrets_in, without_secrets
from uma.web.access import Policy, name_of
from uma.web.app import _offered_tokens
from uma.web.handshake import make_acceptable, refuse_handshake
from uma.web.pages import page_from, page_response
from uma.wire.multiplex import ERROR_CODES, parse_command
from uma.wire.prometheus import wants_openmetrics

from .mutation import cut, encoded, mutated

FIXTURES = Path(__file__).parents[1] / "fixtures"
STATE = Path(__file__).parents[2] / "demo/tower/var/local/emhttp"

Target = Callable[[random.Random], None]
TARGETS: dict[str, Target] = {}


def target(function: Target) -> Target:
    """Register *function* as a target."""
    TARGETS[function.__name__] = function
    return function


# ---- Input from the network

REQUESTS = [sent.decode("latin-1") for sent, _ in REFUSED.values() if len(sent) < 2000] + [
    *(sent.decode("latin-1") for sent in SERVED.values()),
    upgrade_head().decode() + "\x81\x80aaaa",
]


class Wire(asyncio.Transport):
    """A transport without a peer."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__({"socket": sock})
        self.written = b""
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_closing(self) -> bool:
        return self.is_over

    def is_reading(self) -> bool:
        return True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None: ...

    def resume_reading(self) -> None: ...

    def abort(self) -> None:
        self.is_over = True


class Parsed(asyncio.Protocol):
    """aiohttp's parser, with the input that the guard forwards."""

    def __init__(self) -> None:
        self.parser = aiohttp.http_parser.HttpRequestParser(
            BaseProtocol(asyncio.get_running_loop()),
            asyncio.get_running_loop(),
            65536,
            max_line_size=16384,
            max_field_size=16384,
            max_headers=16384,
        )
        self.asked = self.answered = 0
        self.is_refused = False
        self.has_body = False
        self.is_upgraded = False
        self.follows = b""
        self.handed: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        assert not self.has_body, "what follows a body was handed on"
        assert self.asked == self.answered, "a request was handed on before the one before it was answered"
        if self.is_upgraded:
            self.follows += data
            return
        if self.is_refused:
            # aiohttp closes after its 400.
            return
        self.handed.append(data)
        try:
            messages, self.is_upgraded, rest = self.parser.feed_data(data)
        except HttpProcessingError:
            self.is_refused = True
            return
        assert len(messages) == 1, "what was handed on is not one request"
        self.asked += not self.is_upgraded
        assert not rest or self.is_upgraded
        message, payload = messages[0]
        assert (message.version.major, message.version.minor) in ((1, 0), (1, 1))
        self.has_body = not payload.is_eof() and not self.is_upgraded


async def handed_on(pieces: Iterable[bytes]) -> tuple[list[bytes], bytes]:
    """The requests that aiohttp gets, each answered before the next, and the status of the guard's refusal."""
    inner, gate, wire = Parsed(), ConnectionLimiter(lambda: 10), Wire(NO_SOCKET)
    guard = GuardedConnection(inner, gate)
    guard.connection_made(wire)
    for piece in pieces:
        guard.data_received(piece)
        while inner.asked != inner.answered:
            inner.answered = inner.asked
            guard.note_answered()
            await asyncio.sleep(0)
        if inner.is_upgraded and not inner.follows:
            guard.pass_frames(lambda _code, _reason: None)
    assert len(wire.written) < 1000, "more than one refusal"
    status = b""
    if wire.written:
        head, _, body = wire.written.partition(b"\r\n\r\n")
        status = head.split()[1]
        assert status == str(json.loads(body)["status"]).encode()
    guard.connection_lost(None)
    return inner.handed, status


@target
def request(chance: random.Random) -> None:
    """Guard and parser agree on the end of each request, in any pieces, and a body is never a request."""
    data = encoded("".join(mutated(chance, REQUESTS) for _ in range(chance.randint(1, 3))))
    pieces = list(cut(chance, data))

    async def run() -> None:
        assert await handed_on([data]) == await handed_on(pieces), pieces

    LOOP.run_until_complete(run())


NO_SOCKET = socket.socket(socket.AF_UNIX)
LOOP = asyncio.new_event_loop()


FRAMES = [sent.decode("latin-1") for sent, _ in CASES.values() if len(sent) < 5000]


@target
def frames(chance: random.Random) -> None:
    """Inspection finds the same in a client's frames in any pieces, and a fault is final."""
    data = "".join(mutated(chance, FRAMES) for _ in range(chance.randint(1, 4))).encode("latin-1", "replace")
    whole, pieces = FrameInspector(lambda: 0.0), FrameInspector(lambda: 0.0)
    told: list[tuple[int, str]] = []
    pieces.on_fault(lambda code, reason: told.append((code, reason)))
    passed = [pieces.feed(piece) for piece in cut(chance, data)]

    assert whole.feed(data) == all(passed)
    assert passed == sorted(passed, reverse=True)
    assert len(told) == (not all(passed))
    assert all(code in (1002, 1008) for code, _ in told)
    # Valid frames of any length pass, and a fault behind them is found.
    length = chance.choice((0, 1, 125, 126, 127, 255, 256, 4096, 65535, 65536))
    good = frame(TEXT, chance.randbytes(length)) + frame(PING, b"x")
    passing = FrameInspector(lambda: 0.0)
    assert all(passing.feed(piece) for piece in cut(chance, good))
    assert not passing.feed(b"\x81\x01x"), "a frame without a mask"


LOCKED = Policy(token_sha256=sha256(b"secret").hexdigest(), key_sha256=sha256(b"key").hexdigest())
PAGE = page_from("index.html", b"<p>whole</p>")
POLICY = Policy(allowed=("nas.example.com", "moz-extension://f00d"), own_names=lambda: {"tower.tail1234.ts.net"})
NAMES = [host for _, host, _ in HOSTS] + [origin for _, origin, _, _ in ORIGINS if origin]


@target
def host_and_origin(chance: random.Random) -> None:
    """No spelling of evil.example is accepted as Host or Origin; the checked value is the compared one."""
    text = mutated(chance, NAMES)
    POLICY.refuse_host(text)
    POLICY.refuse_origin(text, "tower")
    evil = f"{text}{chance.choice(('.', 'x.', ''))}evil.example{chance.choice(('', '.', ':34600', '.:1'))}"
    assert POLICY.refuse_host(evil) is not None, evil
    assert POLICY.refuse_origin(f"http://{evil}", "tower") is not None, evil
    assert POLICY.refuse_origin(evil, "tower") is not None, evil
    name = name_of(text)
    assert name is None or ":" in name or name_of(name) in (name, name.removesuffix(".") or None), text


HEADERS = {
    "Host": ["tower:34600"],
    "Authorization": ["Bearer secret", "bearer  secret ", "Basic c2VjcmV0"],
    "Connection": ["Upgrade", "keep-alive, Upgrade"],
    "Upgrade": ["websocket"],
    "Sec-WebSocket-Version": ["13"],
    "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "c3VyZSB0aGF0J3MgaXQ="],
    "Sec-WebSocket-Protocol": ["uma.token.secret", "chat, uma.token.x, uma.token.secret"],
    "Accept": ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.4", "*/*"],
    "Accept-Encoding": ["gzip, deflate;q=0", "br;q=1.0, gzip;q=0.8, *;q=0.1"],
    "If-None-Match": [f'W/"{PAGE.etag}"', f'"x", "{PAGE.etag}"', "*"],
}


@target
def headers(chance: random.Random) -> None:
    """For any headers: one decision, a complete page, and no data without the token."""
    # Most of them valid: after a refused handshake little is parsed.
    texts = {
        name: mutated(chance, values) if chance.random() < 0.3 else chance.choice(values)
        for name, values in HEADERS.items()
    }
    sent = CIMultiDict((name, re.sub("[\r\n\0]", "", text)) for name, text in texts.items())
    if chance.random() < 0.3:
        # A byte that is not UTF-8, as aiohttp's parser has it.
        name = chance.choice(list(HEADERS))
        at = chance.randint(0, len(sent[name]))
        sent[name] = f"{sent[name][:at]}\udcff{sent[name][at:]}"
    request = make_mocked_request("GET", "/")
    request._headers = CIMultiDictProxy(sent)
    refusal = refuse_handshake(request)
    if refusal is None:
        _, accepted = make_acceptable(request)
        assert len(accepted) <= 1
    else:
        assert refusal.status in (400, 426)
    scheme, _, bearer = sent["Authorization"].partition(" ")
    protocols = [protocol.strip() for protocol in sent["Sec-WebSocket-Protocol"].split(",")]
    is_told = (scheme.lower() == "bearer" and bearer.strip() == "secret") or "uma.token.secret" in protocols
    assert is_told == (LOCKED.refuse_token(_offered_tokens(request)) is None)
    wants_openmetrics(sent["Accept"])
    response = page_response(request, PAGE)
    assert response.status == 200 or PAGE.etag in sent["If-None-Match"] or "*" in sent["If-None-Match"]
    assert "Content-Encoding" not in response.headers or "gzip" in sent["Accept-Encoding"].lower()


COMMANDS = [
    '{"action":"subscribe","stream":"system/stats","interval":5,"id":1}',
    '{"action":"subscribe","stream":"docker/events","epoch":"a1b2","seq":17,"id":"x"}',
    '{"action":"unsubscribe","stream":"storage/status"}',
    '{"action":"ping","id":9007199254740991}',
    '{"action":1,"id":[]}',
    "[]",
    '"\\ud800"',
    # As deep as a client's largest message allows.
    "[" * 4096,
    '{"a":' * 800,
]


@target
def multiplex_command(chance: random.Random) -> None:
    """A command is valid, or gets one of the codes for its fault in an answer that can be sent."""
    try:
        command = parse_command(mutated(chance, COMMANDS))
    except BadCommand as bad:
        assert ERROR_CODES[bad.code]  # noqa: PT017 - most cases are no error
        msgspec.json.encode([bad.code, str(bad), bad.name])
    else:
        msgspec.json.encode(command)


PACKETS = [
    "\x20\x02\x00\x00",
    "\x90\x03\x00\x01\x01",
    "\x40\x02\x00\x01",
    "\x30\x0d\x00\x05a/b/conline!",
    "\xd0\x00",
    "\x30\xff\xff\x03",
]


@target
def mqtt_packets(chance: random.Random) -> None:
    """A broker's bytes are found too long, or not MQTT, in any pieces, and before they have arrived."""
    data = "".join(mutated(chance, PACKETS) for _ in range(chance.randint(1, 4))).encode("latin-1", "replace")

    def fault(pieces: list[bytes]) -> str:
        sizes = PacketSizes()
        try:
            for piece in pieces:
                sizes.feed(piece)
        except SourceFailed as failure:
            return str(failure)
        return ""

    assert fault([data]) == fault(list(cut(chance, data)))
    assert "speak MQTT" in fault([b"\x30\xff\xff\xff\xff"])
    assert str(LARGEST_PACKET + 1) in fault([b"\x30\x81\x80\x01"])


ID = "0123456789abcdef0123456789abcdef"
TOPICS = Topics("uma", "tower", ID)
TOLD = [
    TOPICS.birth,
    TOPICS.discovery("sensor", "cpu"),
    TOPICS.discovery("binary_sensor", "disk1"),
    TOPICS.availability,
]


@target
def mqtt_messages(chance: random.Random) -> None:
    """Only entities announced by this very server are withdrawn, of all that a broker remembers."""
    now = [0.0]
    roll = Announced(lambda: now[0])
    for _ in range(5):
        topic = mutated(chance, TOLD)
        if TOPICS.is_discovery(topic):
            roll.found(topic)
    roll.changes({}, is_whole=True)
    now[0] = GRACE
    for topic, payload in roll.changes({}, is_whole=True):
        assert payload == WITHDRAWN
        assert re.fullmatch(f"homeassistant/[^/]*/uma_{ID}/[^/]*/config/*", topic, re.DOTALL), topic


# ---- Input from the host

INI = [(STATE / name).read_text() for name in ("var.ini", "disks.ini", "devs.ini")]
INI_PARTS = [part for text in INI for part in (text[at : at + 400] for at in range(0, len(text), 400))]


@target
def ini(chance: random.Random) -> None:
    """Any text gives sections of texts, with any line ends, and can be redacted."""
    text = mutated(chance, INI_PARTS)
    sections = parse(text)
    assert all(isinstance(value, str) for keys in sections.values() for value in keys.values())
    assert parse(text.replace("\n", "\r\n")).keys() == sections.keys() or "\r" in text
    is_cut(text)
    parse_hostnames(text)
    secrets = secrets_in([text])
    for name in ("var.ini", "disks.ini", "devs.ini", "smart-one.cfg"):
        without_secrets(redact_ini(name, text), secrets)


SETTINGS = [
    'PORT="34600"\nBIND="0.0.0.0"\nSTATS_INTERVAL="5"\nMAX_CONNECTIONS=100\n',
    'ALLOWED_ORIGINS="nas.example.com https://ha.example.org:8123"\nLOG_LEVEL=info # as it was\n',
    "TOKEN_SHA256=\"{}\"\nMETRICS='no'\n".format("ab" * 32),
    'MQTT_HOST="broker.lan"\nMQTT_PORT="1883"\nMQTT_PREFIX="uma"\nCONTROL="yes"\n',
    '\ufeffSERVICE=\r\n; a comment\nWHAT="ever"\n',
    "more\n" * (MAX_PROBLEMS + 10),
    *(f'{key}="{value}"\n' for key in RULES for value in ("", "yes", "0", "99999", "٣٠", "x y", "::", "x" * 1000)),
]


@target
def settings(chance: random.Random) -> None:
    """Any text gives valid settings, and a bounded list of printable problems."""
    text = mutated(chance, SETTINGS)
    config, problems = parse_config(text, source="uma.cfg")
    stats, storage = (config.of(RULES[key]) for key in ("STATS_INTERVAL", "STORAGE_INTERVAL"))
    for value, default in ((config.port, 34600), (stats, 5), (config.max_connections, 100)):
        assert value == default or str(value) in text, "no number that anybody wrote"
    assert 1 <= config.port <= 65535
    assert 1 <= stats <= 3600
    assert 5 <= storage <= 3600
    assert 1 <= config.max_connections <= 1000
    assert config.token_sha256 == "" or len(config.token_sha256) == 64
    assert len(problems) <= MAX_PROBLEMS + 1
    assert all(str(problem).isprintable() and len(str(problem)) < 500 for problem in problems)


EVENTS = [
    *(FIXTURES / "docker/lifecycles-20.10.24.jsonl").read_text().splitlines(keepends=True),
    '{"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"name":"\\ud800","exitCode":1}}}\n',
    '{"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":[1]},"timeNano":1}\n',
    '{"Type":"container","status":"kill","id":"c1","Actor":"x","from":["busybox"]}\n',
    "[" * 100_000 + "\n",
]


@target
def docker_events(chance: random.Random) -> None:
    """Docker's stream is lines of events, or a ValueError; every event gives a message that can be sent and read."""
    data = encoded("".join(mutated(chance, EVENTS) for _ in range(chance.randint(1, 3))))
    in_pieces, states = Lines(), ContainerStates()
    lines = [line for piece in cut(chance, data) for line in in_pieces.feed(piece)]
    assert lines == Lines().feed(data)
    for line in lines:
        try:
            event = parse_event(line)
        except ValueError:
            continue
        if event is None:
            continue
        data_of = json.loads(encode(states.message_from(event, seq=1), 0.0), parse_constant=_no_constant)["data"]
        assert data_of["attributes"].keys() == {"exitCode", "signal"}
        assert len(data_of["container_id"]) <= 12
        assert ":" not in data_of["action"]
    refusal = parse_refusal(data.decode(errors="replace"))
    assert len(refusal) <= 200
    assert "\n" not in refusal


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


SMART_TEXTS = [path.read_text() for path in sorted((FIXTURES / "smart").glob("*.txt"))]
# Numbers that no drive has reached.
SMART_TEXTS += [re.sub(r"(?m)\d+$", str(2**60), text) for text in SMART_TEXTS]


@target
def smart_text(chance: random.Random) -> None:
    """smartctl's text gives a reading with plausible numbers, or none; redacted, it has the same lines."""
    text = mutated(chance, SMART_TEXTS)
    reading = parse_reading(text, 0.0)
    if reading is not None:
        msgspec.json.encode(reading)
        assert reading.health in ("passed", "failed", "unknown")
        assert all(0 <= raw < 2**48 for raw in reading.attributes.values())
    assert len(redact_smart_text(text).splitlines()) == len(text.splitlines())


@target
def state_files(chance: random.Random) -> None:
    """Damaged files of emhttpd are Unreadable, or give a message that keeps the contract."""
    texts = damaged(chance)
    try:
        state = parse_state(texts)
        status = status_from(state, SMART)
    except Unreadable:
        return
    check(status, foreign={slot.get("status", "").removeprefix("DISK_").lower() for slot in state.disks.values()})
    is_consistent(state)
