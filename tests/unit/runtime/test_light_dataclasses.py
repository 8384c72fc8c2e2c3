"""Dataclasses that share methods behave like others."""

import subprocess
import sys

import pytest

from uma.runtime.light_dataclasses import KNOWN_VERSIONS

SCRIPT = """
import dataclasses, pickle, sys
if sys.argv[1] == "shared":
    from uma.runtime.light_dataclasses import share_methods
    share_methods()

@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: tuple = ()
    secret: str = dataclasses.field(default="s", repr=False)

class Named(Point):
    pass

@dataclasses.dataclass(slots=True)
class Moving:
    at: Point

def outcome(do):
    try:
        return do()
    except Exception as error:
        return type(error).__name__, str(error)

point, moving = Point(1, (2,)), Moving(Point(3))
moving.at = dataclasses.replace(point, x=4)
print(repr(point), repr(moving), repr(Named(5)), point == Point(1, (2,)), hash(point) == hash(Point(1, (2,))))
print(outcome(lambda: setattr(point, "x", 2)), outcome(lambda: delattr(point, "y")))
print(dataclasses.asdict(moving), pickle.loads(pickle.dumps(point)) == point)
print("shared" if Point.__repr__ is Moving.__repr__ else "own", file=sys.stderr)
"""


def run(how):
    command = [sys.executable, "-c", SCRIPT, how]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


@pytest.mark.skipif(sys.version_info[:2] not in KNOWN_VERSIONS, reason="this Python's dataclasses are left alone")
def test_shared_methods_do_the_same():
    """Repr, comparison, hash, replacement, pickling and refusal have the standard library's words."""
    shared, plain = run("shared"), run("plain")

    assert (shared.stderr, plain.stderr) == ("shared\n", "own\n")
    assert shared.stdout == plain.stdout


def test_another_python_is_left_alone():
    """If the private functions may differ, none is replaced, and everything works."""
    code = "import sys; sys.version_info = (3, 99, 0); " + SCRIPT
    done = subprocess.run(
        [sys.executable, "-c", code, "shared"], capture_output=True, text=True, timeout=60, check=True
    )

    assert (done.stderr, done.stdout) == ("own\n", run("plain").stdout)
