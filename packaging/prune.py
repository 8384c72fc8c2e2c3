"""Deletes from a module what its one user has no use for.

Usage: prune.py MODULE USER PREFIX [KEPT...]

MODULE is a source file of many functions, such as bindings of a C library. Of its definitions those stay whose names
USER, another source file, has in its code or in a string, all that begin with a KEPT, and what these refer to. Only
names that begin with PREFIX, in small or capital letters, are looked for; statements that define nothing stay. Lines
become empty, so that tracebacks name the same ones.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ONE_NAME = re.compile(r"[A-Za-z_]\w*")


def defined(statement: ast.stmt) -> list[str]:
    """The names that a top-level *statement* gives to something; none for one that does more."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign) and all(isinstance(target, ast.Name) for target in statement.targets):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def names_in(tree: ast.AST) -> Iterator[str]:
    """All names, attributes and words of strings in *tree*."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ONE_NAME.findall(node.value)


def prune(source: str, user: str, prefix: str, kept: tuple[str, ...]) -> str:
    """The source of the module without what *user* does not need. Raises SyntaxError."""
    statements = ast.parse(source).body
    by_name = {name: statement for statement in statements for name in defined(statement)}
    wanted = [name for name in names_in(ast.parse(user)) if name.lower().startswith(prefix.lower())]
    wanted += [name for name in by_name if kept and name.startswith(kept)]
    wanted += [name for each in statements if not defined(each) for name in names_in(each)]
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            wanted += names_in(by_name[name])
    lines = source.splitlines(keepends=True)
    for statement in statements:
        names = defined(statement)
        if names and not needed.intersection(names):
            first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
            assert statement.end_lineno is not None
            lines[first - 1 : statement.end_lineno] = ["\n"] * (statement.end_lineno - first + 1)
    return "".join(lines)


if __name__ == "__main__":
    module, user, prefix, *kept = sys.argv[1:]
    Path(module).write_text(prune(Path(module).read_text(), Path(user).read_text(), prefix, tuple(kept)))
