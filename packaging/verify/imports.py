"""Proves that every import in the package succeeds, those included that happen late.

Usage: uma-python -I -S -B imports.py TREE                        import every module that there is
       uma-python -I -S -B imports.py TREE GONE ABSENT_IMPORTS    and look for imports of those that trim.py deleted

The second reads all byte code, so it also sees imports in functions that were not called. Each line of
ABSENT_IMPORTS excuses some: a glob of the importing module, one of the imported, and the reason why it never happens.

UMA's own modules are imported first, as the program does, since some libraries need its stand-ins.
"""

import _imp
import dis
import importlib
import marshal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from types import CodeType

PYC_HEAD = 16
"""Bytes before the code in a .pyc file."""

IMPORT_NAME = dis.opmap["IMPORT_NAME"]


def modules(tree: Path) -> dict[str, Path]:
    """Each module below lib/python3.11 and its file."""
    found: dict[str, Path] = {}
    stdlib = tree / "lib/python3.11"
    for path in sorted(stdlib.rglob("*")):
        if path.suffix not in {".pyc", ".so"}:
            continue
        *folders, _ = path.relative_to(stdlib).parts
        if folders and folders[0] in {"site-packages", "lib-dynload"}:
            del folders[0]
        name = path.name.partition(".")[0]
        found[".".join(folders if name == "__init__" else [*folders, name])] = path
    return found


def imports_of(module: str, path: Path) -> Iterator[str]:
    """Each name that an import statement in *module* may load a module for."""
    if path.suffix != ".pyc":
        return
    package = module if path.name.startswith("__init__.") else module.rpartition(".")[0]
    for code in _codes(marshal.loads(path.read_bytes()[PYC_HEAD:])):
        # Most functions import nothing, and to decode them takes four times as long as all the rest.
        if IMPORT_NAME not in code.co_code[::2]:
            continue
        constants: list[object] = []
        for instruction in dis.get_instructions(code):
            if instruction.opname == "LOAD_CONST":
                constants.append(instruction.argval)
            elif instruction.opname == "IMPORT_NAME":
                level, names = constants[-2:]
                target = str(instruction.argval)
                if isinstance(level, int) and level > 0:
                    base = package.split(".")[: len(package.split(".")) - level + 1]
                    target = ".".join([*base, target] if target else base)
                yield target
                if isinstance(names, tuple):
                    yield from (f"{target}.{name}" for name in names)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def failures(names: list[str]) -> Iterator[str]:
    """Return the errors of importing each of *names*."""
    with _stand_ins(names):
        for name in sorted(names, key=_is_librarys):
            try:
                importlib.import_module(name)
            except Exception as error:  # noqa: BLE001 - a module may raise anything, and that is what is asked
                yield f"{name} can't be imported: {type(error).__name__}: {error}"


def _is_librarys(name: str) -> bool:
    return name.partition(".")[0] != "uma"


@contextmanager
def _stand_ins(names: list[str]) -> Iterator[None]:
    """Within the block libraries are imported as ``uma.start`` does it."""
    if "uma.start" not in names:
        yield
        return
    light_imports = importlib.import_module("uma.runtime.light_imports").light_imports
    with light_imports():
        importlib.import_module("uma.daemon.serve")
    with light_imports(["decimal"]):
        # The first scrape imports the rest.
        importlib.import_module("uma.wire.prometheus").expose([])
        yield


def dangling(found: dict[str, Path], gone: set[str], excused: list[tuple[str, str]]) -> Iterator[str]:
    """Return imports of *gone* modules without an excuse, and unneeded excuses."""
    used: set[tuple[str, str]] = set()
    for importer, path in found.items():
        for imported in sorted(set(imports_of(importer, path)) & gone):
            reasons = {
                excuse for excuse in excused if fnmatchcase(importer, excuse[0]) and fnmatchcase(imported, excuse[1])
            }
            used |= reasons
            if not reasons:
                yield f"{importer} imports {imported}, which was trimmed"
    for importer, imported in sorted(set(excused) - used):
        yield f"no {importer} imports any {imported} that was trimmed: the excuse is stale"


def read_excuses(path: Path) -> list[tuple[str, str]]:
    """The globs of ABSENT_IMPORTS. Raises ValueError for a line without a reason."""
    lines = [line.split(maxsplit=2) for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [(importer, imported) for importer, imported, _ in lines]


def main(arguments: list[str]) -> int:
    """Print the faults; return the exit code."""
    found = modules(Path(arguments[0]))
    sys.path.append(str(Path(arguments[0]) / "lib/python3.11/site-packages"))
    wrong = list(failures(list(found)))
    if arguments[1:]:
        built_in = set(_imp._frozen_module_names())  # type: ignore[attr-defined]
        gone = set(Path(arguments[1]).read_text().split()) - found.keys() - built_in
        wrong += dangling(found, gone, read_excuses(Path(arguments[2])))
    print(*wrong, f"{len(found)} modules, {len(wrong)} problems", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
