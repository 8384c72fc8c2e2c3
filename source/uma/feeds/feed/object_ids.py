"""Object ids of Home Assistant's entities, made from names that users choose."""

import re
from typing import Final

_PLAIN: Final = re.compile("[a-z][a-z0-9_-]*")
_KEPT: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def object_part(name: str) -> str:
    """Return *name* as a part of an object id; different names give different parts.

    Pools are named as the webGUI allows: from a letter on, perhaps with ``~`` and
    ``.``, which object ids may not hold. A name with such a character is prefixed with
    0, and the character's bytes are written in hex: ``0tank-7especial2`` for
    ``tank~special2``.
    """
    if _PLAIN.fullmatch(name):
        return name
    return "0" + "".join(each if each in _KEPT else _escaped(each) for each in name)


def _escaped(character: str) -> str:
    return "".join(f"-{byte:02x}" for byte in character.encode(errors="surrogatepass"))
