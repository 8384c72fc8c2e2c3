"""Many servers for a Prometheus: one real exposition at an address for each, with current times."""

import asyncio
import gzip
import json
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.support.simulated_servers import SITES

RENEWAL_SECONDS = 5.0
"""Seconds for which the servers give the same figures."""
_OF_NOW = re.compile(r"^((?:uma_websocket_last_message_timestamp_seconds|uma_cpu_usage_ratio)\S*) .*$", re.MULTILINE)
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
    b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
)


class SimulatedTargets:
    """*count* servers at one port of 127.0.0.1, which all expose *text*; in a thread with a loop of its own."""

    def __init__(self, text: str, count: int) -> None:
        self.count = count
        self.port = 0
        self.scrapes = 0
        self._text = text
        self._body, self._made_at = b"", -RENEWAL_SECONDS
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="targets")

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(30)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exception: object) -> None:
        async def end() -> None:
            self._server.close()
            lives = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in lives:
                task.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def write_file_sd(self, path: Path) -> None:
        """Write the targets as ``file_sd`` reads them, each with its instance and site."""
        path.write_text(
            json.dumps(
                [
                    {
                        "targets": [f"127.0.0.1:{self.port}"],
                        "labels": {
                            "instance": f"tower-{number:04d}",
                            "site": SITES[number % len(SITES)],
                            "__metrics_path__": f"/{number}/metrics",
                        },
                    }
                    for number in range(self.count)
                ]
            )
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                body = self._body_of_now()
                self.scrapes += 1
                writer.write(_HEAD % len(body) + body)
                await writer.drain()
        writer.close()

    def _body_of_now(self) -> bytes:
        now = time.time()
        if now - self._made_at >= RENEWAL_SECONDS:
            text = _OF_NOW.sub(lambda found: f"{found[1]} {now % 1 if 'ratio' in found[1] else now}", self._text)
            self._body, self._made_at = gzip.compress(text.encode(), 1), now
        return self._body
