"""Follow UMA's three streams and print a line for each message, until Ctrl-C.

pip install websockets
python3 monitor.py [server]     server: tower or tower:34600; else the environment's UMA_SERVER, else 127.0.0.1:34600
UMA_TOKEN in the environment is sent as the token.
"""

import asyncio
import contextlib
import json
import os
import sys
import urllib.parse

try:
    import websockets
    from websockets.asyncio.client import process_exception
except ModuleNotFoundError:
    websockets = None


def say(text):
    """Print a line, or end at once if the reader of the output, such as head, has ended."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os._exit(0)


async def follow(server, stream, describe):
    token = os.environ.get("UMA_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def explain(error):
        say(f"No connection to {stream} at {server}: {error or type(error).__name__}")
        # None if a retry may help.
        return process_exception(error)

    # Iterating over connect() reconnects after a restart of the daemon, waiting longer after each failed attempt.
    connecting = websockets.connect(
        f"{server}/api/v1/ws/{stream}", additional_headers=headers, process_exception=explain
    )
    try:
        async for websocket in connecting:
            say(f"Connected to {stream}")
            with contextlib.suppress(websockets.ConnectionClosedError):
                async for message in websocket:
                    say(describe(json.loads(message)["data"]))
            say(f"Disconnected from {stream}: {websocket.close_code} {websocket.close_reason}")
    except websockets.InvalidHandshake as refused:
        say(reason_of(refused))


def reason_of(refused):
    """UMA's answer gives the reason, such as a missing token; another server's may not."""
    try:
        return json.loads(refused.response.body)["detail"]
    except (AttributeError, ValueError, TypeError, KeyError):
        return str(refused)


def describe_stats(data):
    return f"CPU {data['cpu_percent']} %, memory {data['memory_percent']} %, up {data['uptime'] // 3600} h"


def describe_event(data):
    return f"Docker: {data['container_name']} {data['action']}, now {data['status']}"


def describe_storage(data):
    # A disk that is spun down has no temperature.
    disks = [disk for disk in (*data["disks"], *data["cache_disks"]) if disk["temperature"] is not None]
    temperatures = ", ".join(f"{disk['name']} {disk['temperature']} °C" for disk in disks)
    return f"Array {data['array_status']}, {data['array_protection']}; {temperatures}"


async def monitor(server):
    await asyncio.gather(
        follow(server, "system/stats", describe_stats),
        follow(server, "docker/events", describe_event),
        follow(server, "storage/status", describe_storage),
    )


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
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(monitor(server))
