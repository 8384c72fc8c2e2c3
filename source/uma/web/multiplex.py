"""``/api/v1/ws``: commands of clients, and their answers. The frames are in
``wire.multiplex``.
"""

from functools import partial

from aiohttp import WSMessage, WSMsgType, web

from uma.errors import BadCommand
from uma.spelling import hint
from uma.streams.session import RESUME_SECONDS, MultiplexSession
from uma.web.state import SERVED, AppState
from uma.web.websocket import serve_frames
from uma.wire import multiplex as wire

LONGEST_NAME = 64
"""Characters of a stream's name that are repeated in an error."""


async def multiplex(request: web.Request) -> web.StreamResponse:
    """Serve a client that selects its streams by commands."""
    served = request.app[SERVED]
    return await serve_frames(
        request, served.multiplex.subscribe(peer=request.remote), served.clients, partial(on_message, served)
    )


def on_message(served: AppState, session: MultiplexSession, message: WSMessage) -> None:
    """Process a client's *message* and answer it. In any case the connection and its
    other streams stay open.
    """
    try:
        if message.type is not WSMsgType.TEXT:
            raise BadCommand("not_text", "send commands as text frames")
        _obey(served, session, wire.parse_command(message.data))
    except BadCommand as bad:
        session.answer(wire.CommandError(bad.name, bad.code, str(bad)).encode())


def _obey(served: AppState, session: MultiplexSession, command: wire.Command) -> None:
    match command:
        case wire.Subscribe():
            _subscribe(served, session, command)
        case wire.Unsubscribe(stream=name):
            if name not in session.followed:
                raise BadCommand("not_subscribed", f"not subscribed to {name[:LONGEST_NAME]}", command.id)
            session.unfollow(name)
            session.answer(wire.Unsubscribed(command.id, name, "as asked").encode())
        case wire.Ping():
            session.answer(wire.Pong(command.id).encode())


def _subscribe(served: AppState, session: MultiplexSession, command: wire.Subscribe) -> None:
    name, streams = command.stream, served.multiplex.streams

    def bad(code: str, detail: str) -> BadCommand:
        return BadCommand(code, detail, command.id)

    if name not in streams:
        shown = name[:LONGEST_NAME]
        raise bad("unknown_stream", f"unknown stream {shown}{hint(shown, streams)}")
    if name in served.disabled:
        raise bad("stream_off", f"{name} is switched off by the setting {served.disabled[name]}=no")
    if name in session.followed:
        raise bad("already_subscribed", f"already subscribed to {name}; unsubscribe first")
    sampled = served.multiplex.sampled
    if command.interval is not None and name not in sampled:
        raise bad("no_interval", f"{name} has no interval of your own; {', '.join(sorted(sampled))} has")
    after = None
    if command.epoch is not None and command.seq is not None:
        after = (command.epoch, command.seq)
        newest = streams[name].newest
        # Another interval of a state has its own numbers, so the newest message comes.
        if not streams[name].retained and command.epoch == served.multiplex.epoch and command.seq > newest:
            raise bad("bad_position", f"seq {command.seq} is ahead of the newest, {newest}")
    elif command.epoch is not None or command.seq is not None:
        raise bad("bad_position", "give both epoch and seq, or neither")
    if after is not None and not streams[name].retained and not session.may_resume(name):
        raise bad("too_soon", f"{name} was resumed less than {RESUME_SECONDS:g} s ago")
    cursor = served.multiplex.cursor(name, interval=command.interval, after=after)
    epoch, seq = after or (cursor.epoch, cursor.numbered.newest)
    session.answer(wire.Subscribed(command.id, name, epoch, seq, command.interval).encode())
    session.follow(cursor, wants_figures=command.figures is not False)
