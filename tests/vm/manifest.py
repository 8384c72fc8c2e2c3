"""A plugin's manifest as a script, for a machine whose substitute of the plugin manager can't read XML."""

import shlex
from xml.etree import ElementTree

END = "END-OF-INLINE"


def as_script(manifest: str) -> str:
    """A call of ``file METHOD NAME URL SHA256 RUN`` for each FILE, in order, with its INLINE as standard input."""
    parts = []
    for element in ElementTree.fromstring(manifest).iter("FILE"):
        inline = element.findtext("INLINE", "")
        if END in inline:
            raise ValueError(f"an INLINE has {END} in it")
        url, sum_ = element.findtext("URL", ""), element.findtext("SHA256", "")
        for method in element.get("Method", "install").split():
            words = (method, element.get("Name", ""), url, sum_, element.get("Run", ""))
            parts.append(f"file {shlex.join(words)} <<'{END}'\n{inline.strip()}\n{END}\n")
    return "".join(parts)
