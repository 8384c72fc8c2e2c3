"""A drive's identity, told without its serial number."""

import re
from typing import Final

_WWN: Final = re.compile(r"_3[^_-]{16}\Z")
"""What some drives, SAS ones above all, add to their id: the webGUI hides it too (my_id in Helpers.php)."""
_NAMESPACE: Final = re.compile(r"(?:_\d{1,3}|-\d{1,3}:\d{1,3})\Z")
"""What the kernel adds behind a serial: an NVMe namespace (``_1``) or a USB unit (``-0:0``)."""
SHOWN: Final = 4


def masked_id(full: str) -> str | None:
    """*full*, ``MODEL_SERIAL``, with the serial cut to its last 4 characters; None for none."""
    if not full:
        return None
    model, separator, serial = _NAMESPACE.sub("", _WWN.sub("", full)).rpartition("_")
    return f"{model}{separator}{serial[-SHOWN:]}"
