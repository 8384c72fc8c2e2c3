"""Events to request again, and events seen before."""

from tests.fakes.docker import docker_event
from uma.feeds.docker.events import ContainerEvent, container_event_from
from uma.feeds.docker.resume_point import REMEMBERED, ResumePoint

SECOND = 1_000_000_000
START = 1_795_416_741 * SECOND + 37


def event(action: str, at: int, container: str = "c1") -> ContainerEvent:
    parsed = container_event_from(docker_event(action, container, at=at))
    assert parsed is not None
    return parsed


def test_at_first_nothing_old_is_asked_for() -> None:
    """The first request is from the start on, to the nanosecond, in Docker's format."""
    assert ResumePoint(START).since == "1795416741.000000037"


def test_it_asks_again_from_a_second_before_the_last_event() -> None:
    """Two simultaneous events can be in the wrong order in Docker's memory: an overlap finds both."""
    bookmark = ResumePoint(START)
    bookmark.is_new(event("start", START + 5 * SECOND))

    assert bookmark.since == "1795416745.000000037"


def test_it_never_asks_from_before_the_start() -> None:
    """An event soon after the start does not extend the request to before the start."""
    bookmark = ResumePoint(START)
    bookmark.is_new(event("start", START + 5))

    assert bookmark.since == "1795416741.000000037"


def test_a_copy_is_not_new() -> None:
    """Same time, id and action: a copy. Any of them different: new."""
    bookmark = ResumePoint(START)

    assert bookmark.is_new(event("start", START))
    assert not bookmark.is_new(event("start", START))
    assert bookmark.is_new(event("start", START + 1))
    assert bookmark.is_new(event("stop", START))
    assert bookmark.is_new(event("start", START, "c2"))
    assert not bookmark.is_new(event("stop", START))


def test_events_without_a_time_are_never_copies() -> None:
    """They can't be distinguished, so each counts, and the bookmark stays."""
    bookmark = ResumePoint(START)

    assert bookmark.is_new(event("start", 0))
    assert bookmark.is_new(event("start", 0))
    assert bookmark.since == "1795416741.000000037"


def test_it_follows_a_clock_that_was_set_back() -> None:
    """The newest event counts, not the one with the latest time, so the future is never requested."""
    bookmark = ResumePoint(START)
    bookmark.is_new(event("start", START + 9 * SECOND))
    bookmark.is_new(event("stop", START - 3600 * SECOND))

    assert bookmark.since == "1795413141.000000037"


def test_a_clock_set_back_without_an_event_since_asks_for_the_last_minute() -> None:
    """A bookmark in the future would find nothing: neither an event's time nor the start counts then."""
    bookmark = ResumePoint(START)
    bookmark.is_new(event("start", START + 9 * SECOND))
    bookmark.follow_clock(START - 3600 * SECOND)

    assert bookmark.since == "1795413081.000000037"


def test_a_clock_that_runs_on_leaves_the_bookmark() -> None:
    """Events that Docker has had since are requested, however long ago."""
    bookmark = ResumePoint(START)
    bookmark.is_new(event("start", START + 9 * SECOND))
    bookmark.follow_clock(START + 3600 * SECOND)

    assert bookmark.since == "1795416749.000000037"


def test_it_remembers_more_than_docker_and_no_end_of_it() -> None:
    """The newest 512 events are recognised, older ones are forgotten."""
    bookmark = ResumePoint(START)
    events = [event("start", START + number) for number in range(REMEMBERED + 1)]
    for each in events:
        bookmark.is_new(each)

    assert not any(bookmark.is_new(each) for each in events[1:])
    assert bookmark.is_new(events[0])
