"""Makes one module of many: a browser asks for two dozen in turns, and for this one once.

Understood is what the dashboard's own modules do, and no more: ``import { names } from "./module.js";`` on a line of
its own, also with the query that the package gives it, and ``export`` before a declaration at the start of one. Each
module keeps a scope of its own. What is imported while the page runs, by ``import()``, stays a file.
"""

import re
from collections.abc import Collection, Mapping

IMPORT = re.compile(r'^import (\{[^}]+\}) from "(\./([^"?]+)(?:\?[^"]*)?)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


def bundle(modules: Mapping[str, str], entry: str, apart: Collection[str] = ()) -> tuple[str, list[str]]:
    """The module *entry* of *modules*, texts by name, with all that it imports; and the names of what is in it.

    Those named *apart* stay files of their own.
    """
    addresses: dict[str, str] = {}
    order: list[str] = []

    def add(name: str) -> None:
        for _, address, imported in IMPORT.findall(modules[name]):
            if imported in apart:
                addresses[imported] = address
            elif imported not in order:
                add(imported)
        order.append(name)

    add(entry)
    numbers = {name: number for number, name in enumerate([*addresses, *order])}
    kept = [f'import * as module{numbers[name]} from "{address}";\n' for name, address in addresses.items()]
    return "\n".join(kept + [_scope(modules[name], numbers[name], numbers) for name in order]), order


def _scope(text: str, number: int, numbers: Mapping[str, int]) -> str:
    """A module as a function, called at once, that gives what it exports, to others known by its *number*."""
    body = IMPORT.sub(lambda found: f"const {found[1]} = module{numbers[found[3]]};", text)
    exported = ", ".join(EXPORT.findall(text))
    return f"const module{number} = (() => {{\n{EXPORT.sub('', body)}return {{ {exported} }};\n}})();\n"
