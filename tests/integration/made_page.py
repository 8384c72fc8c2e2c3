"""The dashboard before a made server: its files are the real daemon's, its data those of tests/browser/made.js."""

import json
import re

from .programs import CHECKOUT

FOLDER = CHECKOUT / "tests/browser"
STATES = re.findall(r"^  (\w+): \(\) => server\(", (FOLDER / "made.js").read_text(), re.MULTILINE)

WITHOUT_DATA = (FOLDER / "without_data.js").read_text()
"""The script of a page that came without data, as that of a daemon with a token."""


def made(state: str, **changes: object) -> str:
    """The script that has a page believe it is served by the server *state*, with *changes* to what that says."""
    scripts = [(FOLDER / name).read_text().replace("\nexport ", "\n") for name in ("made.js", "stage.js")]
    server = f"Object.assign(STATES[{json.dumps(state)}](), {json.dumps(changes)})"
    # The page's own data are the real daemon's.
    return f"(() => {{ {''.join([WITHOUT_DATA, *scripts])} stand({server}, NOW); }})();"
