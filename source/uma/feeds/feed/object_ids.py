"""Object ids of Home Assistant's entities, made of names that users give."""

import re
from typing import Final

_PLAIN: Final = re.compile("[a-z][a-z0-9_-]*")
_KEPT: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def object_part(name: str) -> str:
    """Return *name* as a part of an object id; no two names give the same.

    Pools are named as the webGUI allows: from a letter on, perhaps with ``~`` and
    ``.``, which object ids may not hold. A name with anything of the kind begins with 0
    there, and has the bytes of each such character in hex: ``0tank-7especial2`` for
    ``tank~special2``.
    """
    if _PLAIN.fullmatch(name):
        return name
    return "0" + "".join(each if each in _KEPT else _escaped(each) for each in name)


def _escaped(character: str) -> str:
    return "".join(f"-{byte:02x}" for byte in character.encode(errors="surrogatepass"))
