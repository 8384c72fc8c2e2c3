"""Contents of the stand-ins: for each module the names that its importers need at once.

A stand-in with contents by LATER imports the real module for everything else. One with
contents by EMPTY_CLASSES gives a class without methods for each name.
"""

import typing
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

LATER: Final = "*later*"
EMPTY_CLASSES: Final = "*empty classes*"

PROMETHEUS: Final = (
    *("http.server", "socketserver", "urllib.request", "wsgiref.simple_server"),
    *("prometheus_client.asgi", "prometheus_client.gc_collector", "prometheus_client.metrics"),
    *("prometheus_client.platform_collector", "prometheus_client.process_collector"),
)
"""Parts of prometheus_client that UMA does not use: servers, and its own metrics."""

Contents = Mapping[str, object]

TIME_ZONES: Final = "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"
"""Folders of time zones, as Python's own ``TZPATH`` is on Linux."""

CODE_FLAGS: Final = {
    1: "OPTIMIZED",
    2: "NEWLOCALS",
    4: "VARARGS",
    8: "VARKEYWORDS",
    16: "NESTED",
    32: "GENERATOR",
    64: "NOFREE",
    128: "COROUTINE",
    256: "ITERABLE_COROUTINE",
    512: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}
"""``dis.COMPILER_FLAG_NAMES`` up to Python 3.14; ``inspect`` makes constants of it."""


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


class Unused:
    """Class that libraries name, and instantiate at most."""

    def __init__(self, *args: object, **options: object) -> None:
        """Ignore the arguments of the real class."""

    def __class_getitem__(cls, _parameters: object) -> type:
        return cls


class LazyMessage:
    """Base of the class of messages into which aiohttp parses a Content-Type."""


class Images(Unused):
    """Docker's images, whose two methods aiodocker copies at its import."""

    pull = push = None


def _header_parser(message: type, *, policy: object) -> object:
    """Return email's parser of headers, once *message* has its real base."""
    if LazyMessage in message.__bases__:
        message.__bases__ = (import_module("email.message").EmailMessage,)
    return import_module("email.parser").HeaderParser(message, policy=policy)


def _timegm(moment: Sequence[int]) -> int:
    """Return the Unix seconds of a moment in UTC, as ``calendar.timegm``."""
    from datetime import UTC, datetime  # noqa: PLC0415 - imported by then

    year, month, day, hour, minute, second = moment[:6]
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


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


def _typing_extensions() -> Contents:
    return {
        **{name: getattr(typing, name) for name in typing.__all__},
        "TypeVar": _without_default(typing.TypeVar),
        "TypeVarTuple": _without_default(typing.TypeVarTuple),
    }


def _later(**contents: object) -> Callable[[], Contents]:
    return lambda: {LATER: True, **contents}


def _empty_classes() -> Contents:
    return {EMPTY_CLASSES: True}


STAND_INS: Final[Mapping[str, Callable[[], Contents]]] = {
    **dict.fromkeys(PROMETHEUS, _empty_classes),
    # aiohttp and structlog import it for annotations.
    "typing_extensions": _typing_extensions,
    # aiohttp: the type of a request's body, and the date of a Retry-After.
    "email.message": lambda: {"EmailMessage": LazyMessage},
    "email.parser": lambda: {"HeaderParser": _header_parser},
    "email.policy": lambda: {"HTTP": LazyPolicy()},
    "email.utils": lambda: {"parsedate": _deferred("email.utils", "parsedate")},
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
    # structlog: loggers of the standard library, and tests.
    "structlog.stdlib": _empty_classes,
    "structlog.testing": _empty_classes,
    # aiohttp: proxies from the environment, which must not be used. prometheus_client:
    # gateways.
    "urllib.request": lambda: {EMPTY_CLASSES: True, "getproxies": dict, "proxy_bypass": bool},
    # aiohttp: serving and sending files.
    "mimetypes": lambda: {"MimeTypes": FileTypes, "guess_type": lambda _name: (None, None)},
    # yarl: host names that are not ASCII.
    "idna": lambda: {name: _deferred("idna", name) for name in ("encode", "decode")},
    # inspect: source code and compilers.
    "ast": _later(NodeVisitor=object, NodeTransformer=object),
    "dis": _later(COMPILER_FLAG_NAMES=CODE_FLAGS),
    # aiohttp: cookies' dates, forms' files and boundaries. subprocess: texts.
    "calendar": _later(timegm=_timegm),
    "locale": _later(),
    "shutil": _later(),
    "tempfile": _later(SpooledTemporaryFile=Unused),
    "uuid": _later(UUID=type("UUID", (), {}), SafeUUID=SimpleNamespace(unknown=None)),
    # asyncio: TLS, which few servers have.
    "asyncio.sslproto": _later(),
    # msgspec, humanfriendly: numbers that no message has.
    "decimal": _later(Decimal=type("Decimal", (), {})),
    # attrs, multidict, aiohttp: checks for PyPy and Windows.
    "platform": _later(python_implementation=lambda: "CPython", system=lambda: "Linux"),
    # zoneinfo: the zones' folders; the real module reads Python's build settings.
    "sysconfig": lambda: {"get_config_var": {"TZPATH": TIME_ZONES}.get},
    # msgspec: schemas, which only the API's documents need.
    "msgspec.inspect": _later(),
    "msgspec._json_schema": lambda: {
        name: _deferred("msgspec._json_schema", name) for name in ("schema", "schema_components")
    },
    "msgspec.toml": dict,
    "msgspec.yaml": dict,
    # aiohttp: its command line, forms, files, and unused parts of its client.
    "argparse": lambda: {"ArgumentParser": SimpleNamespace},
    "aiohttp.client_middleware_digest_auth": _empty_classes,
    "aiohttp.client_ws": _empty_classes,
    "aiohttp.multipart": _empty_classes,
    "aiohttp.tracing": _empty_classes,
    "aiohttp.web_fileresponse": _empty_classes,
    # attrs: parts that no library here uses.
    "attr.filters": dict,
    "attr.validators": dict,
    # aiodocker: everything except containers and events.
    "aiodocker.images": lambda: {"DockerImages": Images},
    **{
        f"aiodocker.{name}": _empty_classes
        for name in (
            *("configs", "execs", "networks", "nodes", "secrets", "services"),
            *("stream", "swarm", "system", "tasks", "volumes"),
        )
    },
}
