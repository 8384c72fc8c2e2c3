"""Follow several of UMA's streams over one connection, and report each lost Docker event, until Ctrl-C.

pip install websockets
python3 resuming.py [server]     server: tower or tower:34600; else the environment's UMA_SERVER, else 127.0.0.1:34600
UMA_TOKEN in the environment is sent as the token.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import urllib.parse

try:
    import websockets
    import websockets.asyncio.client
except ModuleNotFoundError:
    websockets = None

FIRST_DELAY = 1.0  # seconds; doubles with each failed try
LAST_DELAY = 30.0


def say(text):
    """Print a line, or end at once if the reader of the output, such as head, has ended."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os._exit(0)


async def follow(server, wanted, on_message, on_gap):
    """Follow the streams that are keys of *wanted*; its values are more keys for their subscriptions."""
    # Epoch and seq of the last frame that had them, by stream: where to resume after a break.
    positions = {}
    delay = FIRST_DELAY
    token = os.environ.get("UMA_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    while True:
        try:
            async with websockets.connect(f"{server}/api/v1/ws", additional_headers=headers) as websocket:
                for stream, options in wanted.items():
                    command = {"action": "subscribe", "stream": stream, **options, **positions.get(stream, {})}
                    await websocket.send(json.dumps(command))
                async for text in websocket:
                    delay = FIRST_DELAY
                    take(json.loads(text), positions, on_message, on_gap)
        except websockets.InvalidStatus as refused:
            say(f"Refused: {reason_of(refused)}")
            if refused.response.status_code < 500:
                return
        except (OSError, websockets.WebSocketException) as error:
            say(f"Disconnected: {error}")
        # Not all clients at the same moment, so that a daemon that has just started is not flooded.
        await asyncio.sleep(delay * random.uniform(0.5, 1))
        delay = min(delay * 2, LAST_DELAY)


def reason_of(refused):
    """UMA's answer gives the reason, such as a missing token; another server's may not."""
    try:
        return json.loads(refused.response.body)["detail"]
    except (ValueError, TypeError, KeyError):
        return str(refused)


def take(frame, positions, on_message, on_gap):
    """Handle a message, and remember its position."""
    if frame["type"] == "message":
        on_message(frame["stream"], frame["message"])
    elif frame["type"] == "gap":
        on_gap(frame)
    elif frame["type"] == "error":
        say(f"Refused: {frame['detail']}")
    elif frame["type"] == "unsubscribed":
        say(f"Not followed any more: {frame['detail']}")
    if "seq" in frame:
        # Only after the message was handled: if that fails, the message comes again.
        positions[frame["stream"]] = {"epoch": frame["epoch"], "seq": frame["seq"]}


def show(stream, message):
    data = message["data"]
    if stream == "system/stats":
        say(f"CPU {data['cpu_percent']} %, memory {data['memory_percent']} %")
    elif stream == "docker/events":
        say(f"Docker: {data['container_name']} {data['action']}, now {data['status']}")


def show_gap(gap):
    lost = "an unknown number of" if gap["missing"] is None else gap["missing"]
    say(f"Lost: {lost} events of {gap['stream']}")


def address_of(written):
    """Return ws://HOST:PORT for tower, tower:34600 or http://tower:34600/, and wss:// for https://."""
    parts = urllib.parse.urlsplit(written if "//" in written else f"//{written}")
    if not parts.hostname or parts.netloc.endswith(":") or "@" in parts.netloc:
        raise ValueError(written)
    # Raises ValueError for a name that can't be looked up.
    parts.hostname.encode("idna")
    if parts.scheme in ("https", "wss"):
        return f"wss://{parts.netloc}"
    return f"ws://{parts.netloc}:34600" if parts.port is None else f"ws://{parts.netloc}"


if __name__ == "__main__":
    if "--help" in sys.argv or "-h" in sys.argv:
        print(__doc__.strip())
        sys.exit()
    if websockets is None:
        sys.exit("This needs websockets 14 or later: pip install websockets")
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("UMA_SERVER") or "127.0.0.1:34600"
    try:
        server = address_of(given)
    except ValueError:
        sys.exit(f"{given} is not the address of a server, such as tower:34600")
    streams = {"system/stats": {"interval": 1}, "docker/events": {}}
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(follow(server, streams, show, show_gap))
