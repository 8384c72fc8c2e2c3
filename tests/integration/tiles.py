"""Rules by which Homepage and Glance read an answer, reimplemented from those programs.

Homepage: src/widgets/customapi/utils.js and src/utils/config/shvl.js. Glance: internal/glance/widget-custom-api.go,
with Go's text/template and gjson.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MISSING = object()
_SEPARATORS = re.compile(r"[.\[\]]+")
_ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_CALL = re.compile(r'(?:\.JSON)?\.(String|Array|Exists) "([^"]*)"')


def homepage_rows(mappings: list[dict[str, Any]], answer: Any) -> dict[str, Any]:
    """Return label and value of each mapping, without those that Homepage formats by language."""
    return {each["label"]: _remapped(each, _homepage_value(each["field"], answer)) for each in mappings}


def _homepage_value(field: str, answer: Any) -> Any:
    found = answer
    for key in _SEPARATORS.split(field):
        # JavaScript: what is falsy ends the walk, and a missing key is undefined.
        if isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        elif isinstance(found, dict) and key in found:
            found = found[key]
        else:
            return None
    return found


def _remapped(mapping: Mapping[str, Any], value: Any) -> Any:
    for remap in mapping.get("remap", ()):
        # ===, which knows no 1 == True.
        if remap.get("any") or (type(remap.get("value")) is type(value) and remap["value"] == value):
            value = remap["to"]
            break
    unknown = mapping.keys() - {"field", "label", "remap"}
    assert unknown == set(), f"not known to this test: {unknown}"
    return value


def glance_text(template: str, answer: Any) -> list[str]:
    """Return the lines of text that Glance shows of *answer*, without their markup."""
    parts = iter(_ACTION.split(template))
    text = "".join(_rendered(list(_pairs(parts)), answer, answer))
    return [line for line in (re.sub(r"<[^>]*>", "\n", text)).split("\n") if line.strip()]


def _pairs(parts: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Give each text with the action after it; the last one has none."""
    for text in parts:
        yield text, next(parts, "")


def _rendered(nodes: list[tuple[str, str]], dot: Any, root: Any) -> Iterator[str]:
    """Give the texts of *nodes*, which are consumed up to their end."""
    while nodes:
        text, action = nodes.pop(0)
        yield text
        word, _, rest = action.partition(" ")
        if action in ("", "end", "else"):
            # Blocks are cut out below, so this is the end of all.
            assert action == ""
        elif word in ("if", "with", "range"):
            body, other = _block(nodes)
            value = _called(rest, dot, root)
            if word == "range":
                for each in value:
                    yield from _rendered(list(body), each, root)
            elif value not in (False, ""):
                yield from _rendered(list(body), value if word == "with" else dot, root)
            else:
                yield from _rendered(list(other), dot, root)
        else:
            value = dot if action == "." else _called(action, dot, root)
            assert isinstance(value, str), action
            yield value


def _block(nodes: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Cut the nodes up to the ``end`` of this block, and those after its ``else``."""
    depth, branches = 0, ([], [])  # type: ignore[var-annotated]
    branch = branches[0]
    while True:
        text, action = nodes.pop(0)
        word = action.partition(" ")[0]
        if depth == 0 and word in ("else", "end"):
            branch.append((text, ""))
            if word == "end":
                return branches
            branch = branches[1]
            continue
        depth += (word in ("if", "with", "range")) - (word == "end")
        branch.append((text, action))


def _called(call: str, dot: Any, root: Any) -> Any:
    found = _CALL.fullmatch(call)
    assert found is not None, f"not known to this test: {call}"
    value = root if call.startswith(".JSON") else dot
    for key in found[2].split("."):
        value = value.get(key, MISSING) if isinstance(value, dict) else MISSING
    if found[1] == "Exists":
        # gjson: null exists.
        return value is not MISSING
    if found[1] == "Array":
        return value if isinstance(value, list) else []
    if value is MISSING or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
