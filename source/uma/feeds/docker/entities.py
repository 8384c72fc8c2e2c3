"""Home Assistant entities for Docker's events."""

from uma.feeds.docker.model import DockerEvent
from uma.feeds.feed import OTHER, event, words_of
from uma.feeds.feed.entities import MESSAGE
from uma.feeds.feed.fields import rule_of

ACTIONS = words_of(rule_of(DockerEvent, "action"))

ENTITIES = (
    event(
        "docker",
        "Docker",
        f"{{% set event = {MESSAGE} %}}{{{{ "
        f"{{'event_type': event.action if event.action in {ACTIONS} else '{OTHER}', 'action': event.action, "
        "'container': event.container_name, 'image': event.image, 'status': event.status, "
        "'exit_code': event.attributes.exitCode, 'signal': event.attributes.signal} | to_json }}",
        ACTIONS,
        "mdi:docker",
    ),
)
