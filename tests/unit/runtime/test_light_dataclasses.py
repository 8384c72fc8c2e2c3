"""Light dataclasses behave like others."""

import subprocess
import sys

import pytest

from uma.runtime.light_dataclasses import KNOWN_VERSIONS

SCRIPT = """
import dataclasses, pickle, sys
if sys.argv[1] == "light":
    from uma.runtime.light_dataclasses import lighten_dataclasses
    lighten_dataclasses()

@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: tuple = ()
    secret: str = dataclasses.field(default="s", repr=False)

class Named(Point):
    pass

@dataclasses.dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Placed(Point):
    self: str = "me"
    many: list = dataclasses.field(default_factory=list, compare=False)
    scale: dataclasses.InitVar[int] = 1

    def __post_init__(self, scale):
        self.many.append(scale)

@dataclasses.dataclass(slots=True)
class Moving:
    at: Point

@dataclasses.dataclass
class Slow(Moving):
    speed: float

    def __init__(self, at):
        super().__init__(at)
        self.speed = 0.5

@dataclasses.dataclass(eq=False)
class Unequal:
    a: int

def outcome(do):
    try:
        return do()
    except Exception as error:
        return type(error).__name__, str(error)

for _ in "first", "again":
    point, moving, placed = Point(1, (2,)), Moving(Point(3)), Placed(x=1, scale=5)
    moving.at = dataclasses.replace(point, x=4)
    print(repr(point), repr(moving), repr(Named(5)), point == Point(1, (2,)), hash(point) == hash(Point(1, (2,))))
    print(outcome(lambda: setattr(point, "x", 2)), outcome(lambda: delattr(point, "y")))
    print(dataclasses.asdict(moving), pickle.loads(pickle.dumps(point)) == point)
    print(placed, placed == Placed(x=1), placed < Placed(x=2), placed >= Placed(x=1), outcome(lambda: placed < 1))
    print(repr(Slow(point)), Slow(point) == Slow(point), Slow(point) == moving, point == 1, point != Named(1, (2,)))
    print(outcome(Point), outcome(lambda: Point(1, 2, 3, 4)), outcome(lambda: Point(z=1)), outcome(lambda: Placed(1)))
    print(outcome(lambda: hash(moving)), Unequal(1) == Unequal(1), len({Unequal(1), Unequal(1)}), {point: 1}[point])
    print([kind.__init__.__qualname__ for kind in (Point, Placed, Moving, Slow)], Point.__match_args__)
print("light" if Point.__repr__ is Moving.__repr__ else "own", file=sys.stderr)
"""

COMPILED = """
import dataclasses
from uma.runtime.light_dataclasses import lighten_dataclasses
lighten_dataclasses()

@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int

class Later(Point):
    pass

def not_yet():
    methods = (vars(Point)[name] for name in ("__eq__", "__hash__", "__init__"))
    print(*(method.__name__ for method in methods if method.__code__.co_filename.endswith("light_dataclasses.py")))

not_yet()
Later(1)
not_yet()
hash(Point(1))
not_yet()
Point(1) == Later(1)
not_yet()
print(Point.__doc__, Later.__name__, sep="\\n")
"""


def run(how, *options):
    command = [sys.executable, *options, "-c", SCRIPT, how]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


@pytest.mark.skipif(sys.version_info[:2] not in KNOWN_VERSIONS, reason="this Python's dataclasses are left alone")
@pytest.mark.parametrize("options", [(), ("-OO",)])
def test_light_methods_do_the_same(options):
    """Creation, repr, comparison, hash, replacement, pickling and refusal have the standard library's words."""
    light, plain = run("light", *options), run("plain", *options)

    assert (light.stderr, plain.stderr) == ("light\n", "own\n")
    assert light.stdout == plain.stdout


@pytest.mark.skipif(sys.version_info[:2] not in KNOWN_VERSIONS, reason="this Python's dataclasses are left alone")
def test_a_method_is_compiled_when_it_is_first_called():
    """Until then a class has none of its own; without docstrings it gets no signature as one."""
    done = subprocess.run(
        [sys.executable, "-OO", "-c", COMPILED], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.splitlines() == ["__eq__ __hash__ __init__", "__eq__ __hash__", "__eq__", "", "Point", "Later"]


def test_another_python_is_left_alone():
    """If the private functions may differ, none is replaced, and everything works."""
    code = "import sys; sys.version_info = (3, 99, 0); " + SCRIPT
    done = subprocess.run([sys.executable, "-c", code, "light"], capture_output=True, text=True, timeout=60, check=True)

    assert (done.stderr, done.stdout) == ("own\n", run("plain").stdout)
