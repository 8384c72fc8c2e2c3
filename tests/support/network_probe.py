"""Run the network source and print each message as a line: in a network namespace of its own."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from uma.feeds.feed import Context, Demand
from uma.feeds.network.model import NetworkStatus
from uma.feeds.network.source import NetworkSource
from uma.host import Host


async def main() -> None:
    """Print until killed; figures are always wanted."""
    demand = Demand()
    demand.hold()
    source = NetworkSource(Context(Host(Path("/")), None, lambda _: demand, lambda _: None))  # type: ignore[arg-type]
    await source.run(_print, lambda *_: None)


def _print(message: NetworkStatus) -> None:
    sys.stdout.write(json.dumps(asdict(message)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
