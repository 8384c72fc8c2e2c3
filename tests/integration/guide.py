"""The user's guide, which is beside the checkout during development: its code blocks, as printed."""

import os
import re
from pathlib import Path

from .programs import CHECKOUT

GUIDE = Path(os.environ.get("UMA_SHARED", CHECKOUT.parent / "shared")) / "guide.md"
HOST = "your-unraid-ip:34600"

_BLOCK = re.compile(r"^(?:#+ +(?P<heading>[^\n]+)|```(?P<language>\w+)\n(?P<code>.*?)^```)$", re.MULTILINE | re.DOTALL)


def code_block(heading: str, language: str, *, server: str) -> str:
    """Return the first block of *language* under *heading*; only the guide's host name is replaced, by *server*."""
    at = ""
    for match in _BLOCK.finditer(GUIDE.read_text()):
        at = match["heading"] or at
        if at == heading and match["language"] == language:
            return match["code"].replace(HOST, server)
    raise LookupError(f"the guide has no block of {language} under {heading!r}")
