"""Several streams over one socket, frame by frame, including clients' mistakes."""

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.support.messages import event, stats
from tests.support.raw_sockets import BINARY, CLOSE, PING, PONG, TEXT, Connection, frame, upgrade_head
from tests.support.waiting import until
from tests.support.web_server import Server
from uma.web.access import Policy
from uma.wire.multiplex import ERROR_CODES

# From Python 3.12 on C code may recurse deeper than a command is long.
DEEP = "recursion" if sys.version_info < (3, 12) else "truncated"
PATH = "/api/v1/ws"
SYSTEM, DOCKER, STORAGE = "system/stats", "docker/events", "storage/status"


class Client:
    """A client of the address that speaks JSON."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def say(self, **command: object) -> None:
        """Send a command."""
        self.connection.send(frame(TEXT, json.dumps(command).encode()))

    async def on_message(self) -> Any:
        """The next frame."""
        opcode, payload = await self.connection.frame()
        assert opcode == TEXT, payload
        return json.loads(payload)

    async def ask(self, **command: object) -> Any:
        """Return the answer to a command whose answer comes next."""
        self.say(**command)
        return await self.on_message()

    async def follow(self, stream: str, **more: object) -> Any:
        """Subscribe; return the answer, which must not be an error."""
        answer = await self.ask(action="subscribe", stream=stream, **more)
        assert answer["type"] == "subscribed", answer
        return answer


@pytest.fixture
async def client(server: Server) -> Client:
    return Client(await server.upgrade(PATH))


def numbers(messages: list[Any]) -> list[tuple[str, str, int]]:
    return [(message["type"], message["stream"], message["seq"]) for message in messages]


async def test_nothing_comes_unasked(server: Server, client: Client) -> None:
    """Before the first command no message comes; a ping's answer is the first frame."""
    server.system.publish(stats())
    server.docker.publish(event())

    assert await client.ask(action="ping", id="are you there") == {"type": "pong", "id": "are you there"}
    assert server.served.multiplex.connections == 1


async def test_three_streams_over_one_socket(server: Server, client: Client) -> None:
    """Each message comes in its envelope with the bytes of the stream's own address, numbered by stream."""
    plain = await server.upgrade("/api/v1/ws/system/stats")
    server.system.publish(stats(1.0))
    server.docker.publish(event(1))
    system = await client.follow(SYSTEM, id=1)
    first = await client.on_message()
    docker = await client.follow(DOCKER, id=2)
    await client.follow(STORAGE, id=3)
    server.docker.publish(event(2))
    second = await client.on_message()
    _, frame_of_plain = await plain.frame()

    epoch = server.served.multiplex.epoch
    assert system == {"type": "subscribed", "id": 1, "stream": SYSTEM, "epoch": epoch, "seq": 1, "interval": None}
    assert (docker["id"], docker["seq"]) == (2, 1)
    assert first == {
        "type": "message",
        "stream": SYSTEM,
        "epoch": epoch,
        "seq": 1,
        "message": json.loads(frame_of_plain),
    }
    assert numbers([second]) == [("message", DOCKER, 2)]
    assert second["message"]["data"]["seq"] == 2
    assert server.served.multiplex.followers == {SYSTEM: 1, DOCKER: 1, STORAGE: 1}
    assert server.system.connections == 1


async def test_unsubscribing_ends_one_stream(server: Server, client: Client) -> None:
    """After the answer no message of it comes, and the other continues; it can be followed again."""
    await client.follow(DOCKER)
    await client.follow(SYSTEM)
    answer = await client.ask(action="unsubscribe", stream=DOCKER, id="x")
    server.docker.publish(event(1))
    server.system.publish(stats())
    heard = await client.on_message()
    again = await client.follow(DOCKER)

    assert answer == {"type": "unsubscribed", "id": "x", "stream": DOCKER, "detail": "as asked"}
    assert numbers([heard]) == [("message", SYSTEM, 1)]
    assert again["seq"] == 1


async def test_a_returning_client_gets_missed_events(server: Server, client: Client) -> None:
    """With epoch and seq of the last received message, missed messages come first, then new ones; each once."""
    for seq in range(1, 6):
        server.docker.publish(event(seq))
    epoch = server.served.multiplex.epoch
    answer = await client.follow(DOCKER, epoch=epoch, seq=2)
    server.docker.publish(event(6))

    assert (answer["epoch"], answer["seq"]) == (epoch, 2)
    assert numbers([await client.on_message() for _ in range(4)]) == [("message", DOCKER, seq) for seq in (3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("count", "is_same_life", "seq", "gap", "missing"),
    [(1203, True, 3, 203, 200), (1003, True, 3, None, None), (1203, False, 1200, 203, None), (5, False, 9, 0, None)],
    ids=["too long away", "just not", "another life, much happened", "another life"],
)
async def test_lost_events_are_a_gap(
    server: Server, client: Client, count: int, is_same_life: bool, seq: int, gap: int | None, missing: int | None
) -> None:
    """Events beyond the newest 1,000, or of another run, are reported as a gap; all others follow."""
    for number in range(1, count + 1):
        server.docker.publish(event(number))
    here = server.served.multiplex.epoch
    epoch = here if is_same_life else "another"
    answer = await client.follow(DOCKER, epoch=epoch, seq=seq)
    if gap is not None:
        assert await client.on_message() == {
            "type": "gap",
            "stream": DOCKER,
            "epoch": here,
            "seq": gap,
            "after": {"epoch": epoch, "seq": seq},
            "missing": missing,
        }
    first = seq if gap is None else gap
    heard = [await client.on_message() for _ in range(count - first)]

    # If the connection breaks before the gap, the client still has its own position.
    assert (answer["epoch"], answer["seq"]) == (epoch, seq)
    assert numbers(heard) == [("message", DOCKER, number) for number in range(first + 1, count + 1)]
    assert not server.served.multiplex.dropped_clients


async def test_an_interval_of_ones_own(server: Server, client: Client) -> None:
    """Messages come at the requested interval, starting with the newest one; the stream's own stay unchanged."""
    server.system.publish(stats(1.0))
    answer = await client.follow(SYSTEM, interval=1)
    first = await client.on_message()
    server.paces[1](stats(2.0))
    second = await client.on_message()

    assert answer["interval"] == 1
    assert [m["message"]["cpu_percent"] for m in (first, second)] == [1.0, 2.0]
    assert json.loads(server.system.recent[-1])["cpu_percent"] == 1.0
    client.connection.writer.close()
    await until(lambda: server.paces == {})


async def test_a_pace_is_resumed_by_its_own_numbers(server: Server, client: Client) -> None:
    """Numbers of a branch are valid after a break, and the newest message comes at once."""
    server.system.publish(stats(1.0))
    await client.follow(SYSTEM, interval=1)
    await client.on_message()
    server.paces[1](stats(2.0))
    last = await client.on_message()
    other = Client(await server.upgrade(PATH))
    answer = await other.follow(SYSTEM, interval=1, epoch=last["epoch"], seq=last["seq"])
    later = Client(await server.upgrade(PATH))
    await later.follow(SYSTEM, epoch=last["epoch"], seq=last["seq"])

    assert (last["seq"], answer["seq"]) == (2, 2)
    assert (await other.on_message())["message"]["cpu_percent"] == 2.0
    assert (await later.on_message())["message"]["cpu_percent"] == 1.0


SEQ_AHEAD = {"action": "subscribe", "stream": DOCKER, "epoch": "HERE", "seq": 3}


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (b"", "not_json", "truncated"),
        (b"subscribe system/stats", "not_json", "malformed"),
        (b'{"action":"subscribe",', "not_json", "truncated"),
        (b"[" * 4096, "not_json", DEEP),
        ([], "bad_command", "object"),
        ("subscribe", "bad_command", "object"),
        ({}, "bad_command", "action"),
        ({"action": "dance"}, "bad_command", "dance"),
        ({"action": None}, "bad_command", "action"),
        ({"action": "subscribe"}, "bad_command", "stream"),
        ({"action": "subscribe", "stream": ["system/stats"]}, "bad_command", "$.stream"),
        ({"action": "subscribe", "stream": SYSTEM, "interval": 0}, "bad_command", ">= 1"),
        ({"action": "subscribe", "stream": SYSTEM, "interval": 3601}, "bad_command", "<= 3600"),
        ({"action": "subscribe", "stream": SYSTEM, "interval": 1.5}, "bad_command", "$.interval"),
        ({"action": "subscribe", "stream": SYSTEM, "interval": "1"}, "bad_command", "$.interval"),
        ({"action": "subscribe", "stream": SYSTEM, "interval": True}, "bad_command", "$.interval"),
        ({"action": "subscribe", "stream": SYSTEM, "intervals": 1}, "bad_command", "intervals"),
        ({"action": "subscribe", "stream": DOCKER, "interval": 5}, "no_interval", "system/stats has"),
        (
            {"action": "subscribe", "stream": "docker/logs"},
            "unknown_stream",
            "unknown stream docker/logs; there are",
        ),
        ({"action": "subscribe", "stream": "docker/event"}, "unknown_stream", "did you mean docker/events?"),
        ({"action": "subscribe", "stream": ""}, "unknown_stream", "there are system/stats, docker/events, storage"),
        ({"action": "subscribe", "stream": "x" * 3900}, "unknown_stream", "xxx; there are"),
        ({"action": "subscribe", "stream": STORAGE}, "stream_off", "STORAGE_STATUS=no"),
        ({"action": "subscribe", "stream": DOCKER, "seq": 1}, "bad_position", "both"),
        ({"action": "subscribe", "stream": DOCKER, "epoch": "a"}, "bad_position", "both"),
        ({"action": "subscribe", "stream": DOCKER, "epoch": "a", "seq": "1"}, "bad_command", "$.seq"),
        ({"action": "subscribe", "stream": DOCKER, "epoch": "a", "seq": -1}, "bad_command", "$.seq"),
        ({"action": "subscribe", "stream": DOCKER, "epoch": 1, "seq": 1}, "bad_command", "$.epoch"),
        (SEQ_AHEAD, "bad_position", "ahead of the newest, 2"),
        ({"action": "unsubscribe", "stream": DOCKER}, "not_subscribed", "not subscribed to docker/events"),
        ({"action": "unsubscribe", "stream": "docker/logs"}, "not_subscribed", "not subscribed to docker/logs"),
        ({"action": "unsubscribe"}, "bad_command", "stream"),
        ({"action": "ping", "id": {}}, "bad_command", "$.id"),
    ],
)
async def test_a_bad_command_is_answered_and_nothing_else_happens(
    server: Server, client: Client, command: object, code: str, words: str
) -> None:
    """Each mistake gets one error with its code and a sentence; the followed stream and the socket stay open."""
    server.served.disabled = {STORAGE: "STORAGE_STATUS"}
    server.docker.publish(event(1))
    server.docker.publish(event(2))
    if isinstance(command, dict) and command.get("epoch") == "HERE":
        command = {**command, "epoch": server.served.multiplex.epoch}
    await client.follow(SYSTEM, id="first")
    if isinstance(command, dict) and command.get("stream") == SYSTEM:
        await client.ask(action="unsubscribe", stream=SYSTEM)
        await client.follow(SYSTEM)
    client.connection.send(frame(TEXT, command if isinstance(command, bytes) else json.dumps(command).encode()))
    error = await client.on_message()
    server.system.publish(stats())
    message = await client.on_message()

    assert error.keys() == {"type", "id", "code", "detail"}
    assert (error["type"], error["id"], error["code"]) == ("error", None, code)
    assert words in error["detail"]
    assert len(error["detail"]) <= 200
    assert numbers([message]) == [("message", SYSTEM, 1)]
    assert await client.ask(action="ping") == {"type": "pong", "id": None}
    assert server.served.multiplex.followers == {SYSTEM: 1, DOCKER: 0, STORAGE: 0}
    assert code in ERROR_CODES


async def test_subscribing_twice_is_refused_and_the_first_stays(server: Server, client: Client) -> None:
    """The first subscription keeps its interval and its position."""
    await client.follow(SYSTEM, interval=1)
    answer = await client.ask(action="subscribe", stream=SYSTEM, interval=10, id=9)
    server.paces[1](stats())

    assert (answer["type"], answer["id"], answer["code"]) == ("error", 9, "already_subscribed")
    assert numbers([await client.on_message()]) == [("message", SYSTEM, 1)]
    assert server.paces.keys() == {1}


async def test_a_binary_frame_is_refused(client: Client) -> None:
    """It is answered like any other mistake."""
    client.connection.send(frame(BINARY, b'{"action":"ping"}'))

    assert (await client.on_message())["code"] == "not_text"


async def test_commands_are_answered_in_order(client: Client) -> None:
    """Each command gets one answer, good or bad, with its id."""
    for number in range(10):
        client.say(id=number, **({"action": "ping"} if number % 2 else {"action": "dance"}))

    answers = [await client.on_message() for _ in range(10)]
    assert [(answer["id"], answer["type"]) for answer in answers] == [
        (number, "pong" if number % 2 else "error") for number in range(10)
    ]


async def test_pings_of_the_protocol_are_answered_too(client: Client) -> None:
    """A WebSocket ping gets its pong beside the commands."""
    client.connection.send(frame(PING, b"hello"))

    assert await client.connection.frame() == (PONG, b"hello")


async def test_too_large_and_too_many_commands(server: Server, client: Client) -> None:
    """4,096 bytes are a command, more is 1009; more than 20 a second for 2 seconds are 1008."""
    client.connection.send(frame(TEXT, b'{"action":"ping","id":"%s"}' % (b"x" * 4070)))
    assert (await client.on_message())["code"] == "bad_command"
    client.connection.send(frame(TEXT, b"x" * 4097))
    assert await client.connection.close_code() == 1009

    flooding = Client(await server.upgrade(PATH))
    for _ in range(60):
        flooding.say(action="ping")
    assert await flooding.connection.close_code() == 1008
    await until(lambda: server.served.multiplex.connections == 0)


async def test_one_too_many_gets_503_and_a_leaver_makes_room(server: Server) -> None:
    """The address has its own places: at capacity a newcomer gets 503 with Retry-After before any upgrade."""
    clients = [await server.upgrade(PATH) for _ in range(3)]
    late = await server.connect()
    late.send(upgrade_head(PATH))
    status, headers, body = await late.response()

    assert (status, json.loads(body)["status"]) == (503, 503)
    assert int(headers["retry-after"]) > 0
    assert "3 of 3" in json.loads(body)["detail"]
    await server.upgrade("/api/v1/ws/system/stats")
    clients[0].writer.close()
    await until(lambda: server.served.multiplex.connections == 2)
    await server.upgrade(PATH)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"key": ""}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ],
)
async def test_refused_handshakes(server: Server, headers: dict[str, str], status: int) -> None:
    """A client without access is refused as at the other addresses, and takes no place."""
    client = await server.connect()
    client.send(upgrade_head(PATH, **headers))

    assert (await client.response())[0] == status
    assert server.served.multiplex.connections == 0


@pytest.mark.timeout(30)
async def test_a_client_that_stops_reading_is_dropped_and_hinders_no_other(server: Server) -> None:
    """Beyond the backlog it gets 1013 after the sent frames; another client gets every event meanwhile."""
    slow = Client(await server.connect(receive_buffer=1024))
    slow.connection.send(upgrade_head(PATH))
    await slow.connection.head()
    await slow.follow(DOCKER)
    quick = Client(await server.upgrade(PATH))
    await quick.follow(DOCKER)
    count = 0
    while not server.served.multiplex.dropped_clients:
        count += 1
        server.docker.publish(event(count, name="x" * 5000))
        assert numbers([await quick.on_message()]) == [("message", DOCKER, count)]

    code = await slow.connection.close_code()
    assert code == 1013
    assert count < 200
    await until(lambda: server.served.multiplex.connections == 1)


@pytest.mark.parametrize("code", [1001, 1008, 1012])
async def test_the_daemon_parts_with_its_code(server: Server, client: Client, code: int) -> None:
    """Stopped, restarted, or with another token: every client gets the code."""
    await client.follow(SYSTEM)
    server.served.multiplex.close(code, "so it is")

    assert await client.connection.close_code() == code


async def test_invalid_utf_8_costs_that_client_alone(server: Server, client: Client) -> None:
    """It gets 1007 after the answers to its earlier commands, and its place and intervals are freed; other clients
    stay.
    """
    other = Client(await server.upgrade(PATH))
    await other.follow(DOCKER)
    await client.follow(SYSTEM, interval=7)
    client.say(action="ping", id=1)
    client.connection.send(frame(TEXT, b'{"action":"ping","id":"\xff"}') + frame(TEXT, b'{"action":"ping"}'))

    assert await client.on_message() == {"type": "pong", "id": 1}
    assert await client.connection.close_code() == 1007
    await until(lambda: server.served.multiplex.connections == 1)
    assert server.paces == {}
    server.docker.publish(event(1))
    assert numbers([await other.on_message()]) == [("message", DOCKER, 1)]


async def test_a_clients_own_close_is_answered(server: Server, client: Client) -> None:
    """It gets a close frame back, and its place and intervals are freed."""
    await client.follow(SYSTEM, interval=7)
    client.connection.send(frame(CLOSE, b"\x03\xe8"))

    assert await client.connection.close_code() == 1000
    await until(lambda: server.served.multiplex.connections == 0)
    assert server.paces == {}


async def test_a_token_is_needed_where_one_is_set(server: Server) -> None:
    """Without the token it is 401; as a subprotocol it gives access and is echoed."""
    server.served.policy = Policy(token_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    refused = await server.connect()
    refused.send(upgrade_head(PATH))
    assert (await refused.response())[0] == 401
    for head in (
        upgrade_head(PATH, Sec_WebSocket_Protocol="uma.token.test"),
        upgrade_head(PATH, Authorization="Bearer test"),
        upgrade_head(f"{PATH}?token=test"),
    ):
        client = await server.connect()
        client.send(head)
        assert (await client.head())[0] == 101


async def test_many_clients_get_the_same_bytes(server: Server) -> None:
    """All clients get the same bytes of a message's envelope."""
    clients = [Client(await server.upgrade(PATH)) for _ in range(3)]
    for client in clients:
        await client.follow(DOCKER)
    server.docker.publish(event(1))
    frames = await asyncio.gather(*(client.connection.frame() for client in clients))

    assert len(set(frames)) == 1


async def test_a_stream_is_resumed_once_in_five_seconds(server: Server, client: Client) -> None:
    """Each resumption may send a thousand events for a command of a hundred bytes."""
    server.docker.publish(event(1))
    await client.follow(DOCKER, epoch="another", seq=1)
    assert [(await client.on_message())["type"] for _ in range(2)] == ["gap", "message"]
    assert (await client.ask(action="unsubscribe", stream=DOCKER))["type"] == "unsubscribed"
    refused = await client.ask(action="subscribe", stream=DOCKER, epoch="another", seq=1)
    again = await client.ask(action="subscribe", stream=DOCKER)

    assert (refused["type"], refused["code"]) == ("error", "too_soon")
    assert again["type"] == "subscribed"
