"""Puts byte code in the place of source, the same bytes at each build.

Usage: compile_tree.py TREE FINAL

Each ``module.py`` below TREE becomes ``module.pyc`` beside where it was, as Python loads it without source: no
docstrings, no asserts (-OO), tracebacks with the paths below FINAL, and no time stamp that a build would change.
To be run with PYTHONHASHSEED=0 and -X no_debug_ranges by the interpreter that will load them.
"""

import py_compile
import sys
from pathlib import Path


def compile_tree(tree: Path, final: Path) -> None:
    """Compile and delete each source file. Raises py_compile.PyCompileError."""
    for source in sorted(tree.rglob("*.py")):
        py_compile.compile(
            str(source),
            cfile=str(source.with_suffix(".pyc")),
            dfile=str(final / source.relative_to(tree)),
            doraise=True,
            optimize=2,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        source.unlink()


if __name__ == "__main__":
    compile_tree(Path(sys.argv[1]), Path(sys.argv[2]))
