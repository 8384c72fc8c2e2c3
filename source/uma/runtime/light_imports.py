"""Stand-ins for modules that libraries import and the daemon never uses: they save 8
MB.

A stand-in exists only while a library is imported. Afterwards ``sys.modules`` is as
before.
"""

import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final


class FileTypes:
    """Types of files that aiohttp would serve; the daemon serves none through it."""

    def __init__(self) -> None:
        self.encodings_map = {".br": "br", ".gz": "gzip"}

    def add_type(self, kind: str, extension: str) -> None:
        """Ignore one more type."""


class LazyPolicy:
    """Policy by which aiohttp parses a Content-Type. It loads email's parser at the
    first use.
    """

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the real one has
        return getattr(import_module("email.policy").HTTP, name)


def _deferred(module: str, function: str) -> Callable[..., Any]:
    """Return a function that imports *module* at its first call and calls its
    *function*.
    """

    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the real one takes and returns
        return getattr(import_module(module), function)(*args, **options)

    return call


def _nothing(*_args: object, **_options: object) -> None:
    """Ignore all arguments and return None."""


def _without_default(variable: Any) -> Callable[..., Any]:  # noqa: ANN401 - a class of typing
    """Return a type *variable* without its default, which Python before 3.13 does not
    know.
    """
    return lambda name, *constraints, default=None, **options: variable(name, *constraints, **options)  # noqa: ARG005, PLW0108 - default goes


def _typing_extensions() -> Mapping[str, object]:
    return {
        **{name: getattr(typing, name) for name in typing.__all__},
        "TypeVar": _without_default(typing.TypeVar),
        "TypeVarTuple": _without_default(typing.TypeVarTuple),
    }


STAND_INS: Final[Mapping[str, Callable[[], Mapping[str, object]]]] = {
    # aiohttp and structlog import it for annotations.
    "typing_extensions": _typing_extensions,
    "email.policy": lambda: {"HTTP": LazyPolicy()},
    # html.escape needs none of the two thousand names.
    "html.entities": lambda: {"html5": {}},
    # structlog: an error class of pickling. aiohttp: saving cookies to a file.
    "pickle": lambda: {
        "PicklingError": type("PicklingError", (Exception,), {}),
        "UnpicklingError": type("UnpicklingError", (Exception,), {}),
        "_Unpickler": object,
    },
    # aiodocker: its own version, and building images.
    "importlib.metadata": lambda: {"version": lambda _name: "", "PackageNotFoundError": ImportError},
    "tarfile": dict,
    # shutil: archives.
    "bz2": dict,
    "lzma": dict,
    # structlog: terminal output, and compatibility with Python before 3.7.
    "structlog.dev": lambda: {"_has_colors": False, "ConsoleRenderer": _nothing, "set_exc_info": _nothing},
    "structlog.threadlocal": dict,
    "structlog.tracebacks": lambda: {"ExceptionDictTransformer": _nothing},
    # aiohttp: proxies from the environment, which must not be used.
    "urllib.request": lambda: {"getproxies": dict, "proxy_bypass": bool},
    # aiohttp: serving and sending files.
    "mimetypes": lambda: {"MimeTypes": FileTypes, "guess_type": lambda _name: (None, None)},
    # yarl: host names that are not ASCII.
    "idna": lambda: {name: _deferred("idna", name) for name in ("encode", "decode")},
}


@contextmanager
def light_imports() -> Iterator[None]:
    """Replace those of STAND_INS that are not imported yet, inside the block."""
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
            # An import also binds the module in its package, where a later import would
            # find it.
            if parent in sys.modules and vars(sys.modules[parent]).get(child) is module:
                delattr(sys.modules[parent], child)
