"""Stand-ins for what libraries import and the daemon rarely uses: they save 12 MB.

A stand-in is there only while a library is imported; then ``sys.modules`` is as it was.
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from uma.runtime.stand_ins import EMPTY_CLASSES, LATER, STAND_INS, Unused


@contextmanager
def light_imports(names: Iterable[str] = STAND_INS) -> Iterator[None]:
    """Within the block those of *names* that are not imported yet are stand-ins."""
    added: dict[str, ModuleType] = {}
    for name in names:
        if name not in sys.modules:
            added[name] = ModuleType(name)
            vars(added[name]).update(STAND_INS[name]())
            for kind, get in (LATER, _real), (EMPTY_CLASSES, _empty_class):
                if kind in vars(added[name]):
                    vars(added[name])["__getattr__"] = get(added[name])
    sys.modules.update(added)
    try:
        yield
    finally:
        for name, module in added.items():
            _forget(name, module)


def forget(*names: str) -> None:
    """Give back the memory of modules that nothing uses any more."""
    for name in names:
        if name in sys.modules:
            _forget(name, sys.modules[name])
    gc.collect()


def _forget(name: str, module: ModuleType) -> None:
    """Have the next import of *name* load it again, if it is *module* now."""
    if sys.modules.get(name) is module:
        del sys.modules[name]
    parent, _, child = name.rpartition(".")
    # An import binds the module in its package,
    # where a later import would find it.
    if parent in sys.modules and vars(sys.modules[parent]).get(child) is module:
        delattr(sys.modules[parent], child)


def _real(module: ModuleType) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for *module* that looks in the real one."""

    def get(name: str) -> Any:  # noqa: ANN401 - whatever the real one has
        _refuse_special(module, name)
        _forget(module.__name__, module)
        return getattr(import_module(module.__name__), name)

    return get


def _empty_class(module: ModuleType) -> Callable[[str], type]:
    """Return a ``__getattr__`` for *module* that makes a class for each name."""

    def get(name: str) -> type:
        _refuse_special(module, name)
        made = type(name, (Unused,), {})
        setattr(module, name, made)
        return made

    return get


def _refuse_special(module: ModuleType, name: str) -> None:
    """Raise AttributeError for what the import system looks for."""
    if name.startswith("__"):
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
