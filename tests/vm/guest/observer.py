"""Runs the daemon's SMART and udev sources alone and prints what they publish, as a JSON object a line."""

import asyncio
import json
import sys
import time
from dataclasses import asdict

from uma.errors import SourceError
from uma.feeds.smart.drives import DriveToQuery, drives_of
from uma.feeds.smart.source import SmartSource
from uma.feeds.storage.emhttp import parse_state, read_texts
from uma.feeds.udev import UdevSource
from uma.host import Host


def say(kind: str, **values: object) -> None:
    # In one write, since others write to the console, too.
    sys.stdout.write(f"OBSERVED {json.dumps({'kind': kind, 'at': time.monotonic(), **values})}\n")
    sys.stdout.flush()


def tell_readings() -> None:
    say("readings", readings={name: asdict(reading) for name, reading in smart.readings.items()})


def nudged() -> None:
    say("nudge")
    smart.nudge()


def drives() -> tuple[DriveToQuery, ...]:
    return drives_of(parse_state(read_texts(host)), host)


async def keep(source: SmartSource | UdevSource) -> None:
    """Run *source*, and restart it as the daemon would."""
    while True:
        try:
            await source.run(lambda message: None, lambda *report: say("report", source=source.name, report=report))
        except SourceError as error:
            say("report", source=source.name, report=[type(error).__name__, str(error)])
        await asyncio.sleep(0.5)


async def main() -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep(smart), name="smart")
        tasks.create_task(keep(UdevSource(nudged)), name="udev")


host = Host()
smart = SmartSource(host=host, mode="query", changed=tell_readings, drives=drives, look_seconds=0.5)
asyncio.run(main())
