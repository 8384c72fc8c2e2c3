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


class FileTypes:
    """The types by which aiohttp serves files, which the daemon has it do never."""

    def __init__(self) -> None:
        self.encodings_map = {".br": "br", ".gz": "gzip"}

    def add_type(self, kind: str, extension: str) -> None:
        """Ignore one more type."""


class LazyPolicy:
    """The policy by which aiohttp parses a Content-Type;
    email's parser loads when one is parsed.
    """

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the real one has
        return getattr(import_module("email.policy").HTTP, name)


def _deferred(module: str, function: str) -> Callable[..., Any]:
    """Return what calls *function* of the real *module*, imported at the first call."""

    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the real one takes and returns
        return getattr(import_module(module), function)(*args, **options)

    return call


def _nothing(*_args: object, **_options: object) -> None:
    """Make nothing of any arguments."""


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
    # shutil: archives.
    "bz2": dict,
    "lzma": dict,
    # structlog: for people at a terminal, and for programs of before Python 3.7.
    "structlog.dev": lambda: {"_has_colors": False, "ConsoleRenderer": _nothing, "set_exc_info": _nothing},
    "structlog.threadlocal": dict,
    "structlog.tracebacks": lambda: {"ExceptionDictTransformer": _nothing},
    # aiohttp: proxies of the environment, which it is not to use.
    "urllib.request": lambda: {"getproxies": dict, "proxy_bypass": bool},
    # aiohttp: serving files, and sending them.
    "mimetypes": lambda: {"MimeTypes": FileTypes, "guess_type": lambda _name: (None, None)},
    # yarl: host names that are not ASCII.
    "idna": lambda: {name: _deferred("idna", name) for name in ("encode", "decode")},
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
