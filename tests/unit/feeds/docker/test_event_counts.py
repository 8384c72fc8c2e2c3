"""Container events counted by action."""

from dataclasses import replace

from tests.support.messages import event, stats
from uma.feeds.docker.event_counts import ACTIONS, EventCounts


def test_events_are_counted_by_action():
    """Each event counts for its action; every known action starts with 0; other messages don't count."""
    counts = EventCounts()
    for message in (event(), event(), replace(event(), action="die"), stats()):
        counts.add(message)

    assert {action: count for action, count in counts.by_action.items() if count} == {"start": 2, "die": 1}
    assert set(ACTIONS) < counts.by_action.keys()


def test_made_up_actions_are_one():
    """Unknown actions count as other, however many there are."""
    counts = EventCounts()
    before = len(counts.by_action)
    for number in range(100):
        counts.add(replace(event(), action=f"action{number}"))

    assert counts.by_action["other"] == 100
    assert len(counts.by_action) == before
