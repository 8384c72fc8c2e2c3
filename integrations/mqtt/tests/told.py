"""A server's messages to its broker in each tested state, as JSON; run by the daemon's Python.

By the scenario's name, the retained messages by topic; under ``events`` the frames of some container events.
"""

import json
from dataclasses import replace
from typing import Any

from tests.scenarios import SCENARIOS
from tests.support.feeds import DOCKER, STORAGE, SYSTEM, encode, fixed_entities
from tests.unit.outputs.mqtt.samples import event, stats

from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.entities import entities_of
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import UNKNOWN, status_from
from uma.model import Message
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.discovery import announcements
from uma.outputs.mqtt.topics import ONLINE, Topics

ID = "0123456789abcdef0123456789abcdef"
TOPICS = Topics("uma", "tower", ID)


def frame(message: Message) -> str:
    return encode(message, 1_750_028_400).decode()


def told(status: StorageStatus, shown: StorageStatus) -> dict[str, str]:
    """Return the messages of a server whose state is *status*, and was *shown* when its entities were announced."""
    entities = [
        *((name, entity) for name in (SYSTEM, DOCKER) for entity in fixed_entities(name)),
        *((STORAGE, entity) for entity in entities_of(shown)),
    ]
    configs = announcements(entities, TOPICS, ServerIdentity("Tower", "7.2.0", ID), {SYSTEM: 180, STORAGE: 180})
    return {
        TOPICS.availability: ONLINE.decode(),
        **{topic: payload.decode() for topic, payload in configs.items()},
        TOPICS.of_stream(SYSTEM): frame(stats(cpu_temperature=None)),
        TOPICS.of_stream(STORAGE): frame(status),
    }


def main() -> None:
    states = {name: status_from(parse_state(each.texts.texts()), each.smart) for name, each in SCENARIOS.items()}
    largest = states["thirty-disks"]
    found: dict[str, Any] = {name: told(status, status) for name, status in states.items()}
    # Shown entities stay when the state is unknown, and when a disk has gone.
    found["unknown"] = told(UNKNOWN, largest)
    found["all-disks-gone"] = told(replace(largest, disks=(), cache_disks=(), parity_disks=(), boot=None), largest)
    every = {topic: payload for messages in found.values() for topic, payload in messages.items()}
    found["every-entity"] = {**every, **found["thirty-disks"]}
    stopped = replace(event("die"), attributes={"exitCode": "137", "signal": "9"}, status="exited")
    crashed = replace(stopped, attributes={"exitCode": "1", "signal": ""})
    found["events"] = [frame(each) for each in (event("start"), stopped, event("action-of-tomorrow"), crashed)]
    print(json.dumps(found))  # noqa: T201 - the answer


main()
