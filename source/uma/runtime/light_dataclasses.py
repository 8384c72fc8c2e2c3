"""Dataclasses that share their identical methods, which saves 0.7 MB.

``dataclasses`` compiles a ``__repr__``, and for a frozen class a ``__setattr__`` and a
``__delattr__``, for each class; the daemon has some 300.
"""

import dataclasses
import sys
from typing import Any, Final, NoReturn

KNOWN_VERSIONS: Final = ((3, 11), (3, 12))
"""Versions of Python whose ``dataclasses`` has the two functions that are replaced."""


def share_methods() -> None:
    """Make dataclasses created from now on share these methods.

    Without effect in another Python.
    """
    if sys.version_info[:2] in KNOWN_VERSIONS:
        module: Any = dataclasses
        module._repr_fn = lambda _fields, _globals: _repr
        module._frozen_get_del_attr = lambda _class, _fields, _globals: (_setattr, _delattr)


def _repr(self: Any) -> str:  # noqa: ANN401 - any dataclass
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _setattr(_self: object, name: str, _value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(_self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


# dataclasses adds them to the class by name.
_setattr.__name__, _delattr.__name__ = "__setattr__", "__delattr__"
