"""A state is published at once after a change of facts, else at a slow pace."""

from uma.outputs.mqtt.throttle import State, Throttle

from .samples import Clock


def state(value: int, *, at: int = 0, facts: object = None) -> State:
    return State(f'{{"type":"x","timestamp":"{at}","data":{{"v":{value}}}}}'.encode(), facts)


def paced() -> tuple[Throttle, Clock]:
    clock = Clock()
    return Throttle(clock, spacing=15, heartbeat=60), clock


def test_the_first_is_due_at_once():
    """The first state after a connection is published at once."""
    pace, _ = paced()
    assert pace.wait(state(1)) == 0


def test_figures_keep_the_spacing():
    """A state with other figures only waits until the spacing is over."""
    pace, clock = paced()
    pace.sent(state(1))
    clock.now += 5
    assert pace.wait(state(2)) == 10
    clock.now += 10
    assert pace.wait(state(2)) == 0


def test_facts_do_not_wait():
    """A state with changed facts is due at once, even right after another."""
    pace, _ = paced()
    pace.sent(state(1, facts="protected"))
    assert pace.wait(state(1, facts="degraded")) == 0


def test_the_same_waits_for_the_heartbeat():
    """A state that only has another time is published again after a minute."""
    pace, clock = paced()
    pace.sent(state(1, at=1))
    clock.now += 20
    assert pace.wait(state(1, at=2)) == 40
    clock.now += 100
    assert pace.wait(state(1, at=3)) == 0
