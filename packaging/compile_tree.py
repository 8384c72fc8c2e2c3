"""Replaces source by byte code, with the same bytes at each build.

Usage: compile_tree.py TREE FINAL

Each ``module.py`` below TREE becomes ``module.pyc`` beside where it was, as Python loads it without source: no
docstrings, no asserts (-OO), tracebacks with the paths below FINAL, and no time stamp that a build would change.
Functions below site-packages lose their annotations, which nothing reads there; those of classes stay, since
dataclasses and msgspec read them. Run it with PYTHONHASHSEED=0 and -X no_debug_ranges with the interpreter that will
load the files.
"""

import ast
import sys
from importlib.util import MAGIC_NUMBER, source_hash
from marshal import dumps
from pathlib import Path

UNCHECKED_HASH = (1).to_bytes(4, "little")
"""Flags of a .pyc file: identified by its source's hash, which is not checked (PEP 552)."""


class Unannotated(ast.NodeTransformer):
    """Remover of functions' annotations."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Remove those of one function and of those in it."""
        return self._strip(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Do the same."""
        return self._strip(node)

    def _strip(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if argument is not None:
                argument.annotation = None
        return node


def compile_tree(tree: Path, final: Path) -> None:
    """Compile and delete each source file. Raises SyntaxError."""
    for source in sorted(tree.rglob("*.py")):
        data = source.read_bytes()
        named = final / source.relative_to(tree)
        parsed = ast.parse(data, str(named))
        if "site-packages" in named.parts:
            parsed = Unannotated().visit(parsed)
        code = compile(parsed, str(named), "exec", dont_inherit=True, optimize=2)
        source.with_suffix(".pyc").write_bytes(MAGIC_NUMBER + UNCHECKED_HASH + source_hash(data) + dumps(code))
        source.unlink()


if __name__ == "__main__":
    compile_tree(Path(sys.argv[1]), Path(sys.argv[2]))
