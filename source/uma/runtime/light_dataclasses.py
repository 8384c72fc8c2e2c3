"""Dataclasses whose methods cost nothing until they are used: 0.1 s of the start.

``dataclasses`` compiles an ``__init__``, an ``__eq__``, a ``__hash__`` and more for
each class. The daemon has some 200, and never creates an object of many of them.
"""

import dataclasses
import inspect
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final, NoReturn

KNOWN_VERSIONS: Final = ((3, 11), (3, 12))
"""Versions of Python whose ``dataclasses`` has the functions that are replaced."""


def lighten_dataclasses() -> None:
    """Make dataclasses created from now on share identical methods, and compile the
    others when they are first called.

    Without effect in another Python.
    """
    if sys.version_info[:2] in KNOWN_VERSIONS:
        module: Any = dataclasses
        module._repr_fn = lambda _fields, _globals: _repr
        module._frozen_get_del_attr = lambda _class, _fields, _globals: (_setattr, _delattr)
        module._init_fn = _later("__init__", module._init_fn)
        module._hash_fn = _later("__hash__", module._hash_fn)
        module._cmp_fn = _comparison_later(module._cmp_fn)
        # Without docstrings, as by -OO, each class would get its signature as one.
        module.inspect = SimpleNamespace(get_annotations=inspect.get_annotations, signature=lambda _class: "")


def _later(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a stand-in for *make*: the method *name* that it makes is compiled when it
    is first called.
    """

    def make_later(*arguments: object, **named_arguments: object) -> Callable[..., Any]:
        def method(self: object, /, *values: object, **named: object) -> Any:  # noqa: ANN401 - the method's
            made = make(*arguments, **named_arguments)
            made.__qualname__ = method.__qualname__
            for kind in type(self).__mro__:
                if vars(kind).get(name) is method:
                    setattr(kind, name, made)
            return made(self, *values, **named)

        method.__name__ = name
        return method

    return make_later


def _comparison_later(make: Callable[..., Any]) -> Callable[..., Any]:
    return lambda name, *arguments, **named: _later(name, make)(name, *arguments, **named)


def _repr(self: Any) -> str:  # noqa: ANN401 - any dataclass
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _setattr(_self: object, name: str, _value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(_self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


# dataclasses adds them to the class by name.
_setattr.__name__, _delattr.__name__ = "__setattr__", "__delattr__"
