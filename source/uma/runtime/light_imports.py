"""Stand-ins for what libraries import and the daemon never uses: they save 8 MB.

A stand-in is there only while a library is imported; then ``sys.modules`` is as it was.
"""

import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final


class LazyPolicy:
    """The policy by which aiohttp parses a Content-Type;
    email's parser loads when one is parsed.
    """

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the real one has
        return getattr(import_module("email.policy").HTTP, name)


def _without_default(variable: Any) -> Callable[..., Any]:  # noqa: ANN401 - a class of typing
    """Return what makes a type *variable*; Python before 3.13 knows no default."""
    return lambda name, *constraints, default=None, **options: variable(name, *constraints, **options)  # noqa: ARG005, PLW0108 - default goes


def _typing_extensions() -> Mapping[str, object]:
    return {
        **{name: getattr(typing, name) for name in typing.__all__},
        "TypeVar": _without_default(typing.TypeVar),
        "TypeVarTuple": _without_default(typing.TypeVarTuple),
    }


STAND_INS: Final[Mapping[str, Callable[[], Mapping[str, object]]]] = {
    # aiohttp, structlog: for their annotations.
    "typing_extensions": _typing_extensions,
    "email.policy": lambda: {"HTTP": LazyPolicy()},
    # html.escape needs none of the two thousand names.
    "html.entities": lambda: {"html5": {}},
    # structlog: the error of a logger that nobody pickles. aiohttp: cookies in a file.
    "pickle": lambda: {
        "PicklingError": type("PicklingError", (Exception,), {}),
        "UnpicklingError": type("UnpicklingError", (Exception,), {}),
        "_Unpickler": object,
    },
    # aiodocker: its own version, and building images.
    "importlib.metadata": lambda: {"version": lambda _name: "", "PackageNotFoundError": ImportError},
    "tarfile": dict,
}


@contextmanager
def light_imports() -> Iterator[None]:
    """Within the block those of STAND_INS that are not imported yet are stand-ins."""
    added: dict[str, ModuleType] = {}
    for name, contents in STAND_INS.items():
        if name not in sys.modules:
            added[name] = ModuleType(name)
            vars(added[name]).update(contents())
    sys.modules.update(added)
    try:
        yield
    finally:
        for name, module in added.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
            parent, _, child = name.rpartition(".")
            # An import binds the module in its package,
            # where a later import would find it.
            if parent in sys.modules and vars(sys.modules[parent]).get(child) is module:
                delattr(sys.modules[parent], child)
