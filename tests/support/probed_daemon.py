"""A daemon with a traitor inside: at SIGRTMIN it makes the attempts of a takeover, and writes the results down.

Run as the daemon itself: ``probed_daemon.py serve …``, with UMA's own options. In the environment, PROBES is a JSON
object of a victim's process, folders, a port, a root with Docker's socket, and the file for the results, which the
daemon must be able to write.
"""

import json
import os
import signal
import sys
from pathlib import Path

from fence_probes import FOR_ROOT_ALONE, call_probes, file_probes, results, user_probes  # type: ignore[import-not-found]  # beside it

from uma.start import main


def probe(*_: object) -> None:
    """Try everything, in the daemon's own main thread."""
    given = json.loads(os.environ["PROBES"])
    folders = {name: Path(path) for name, path in given["folders"].items()}
    found = {
        **results(call_probes(given["victim"], folders["read"] / "file")),
        **results(file_probes(folders, given["port"])),
        **results({name: user_probes(Path(given["root"]), given["victim"])[name] for name in FOR_ROOT_ALONE}),
    }
    result = Path(given["result"])
    result.with_suffix(".part").write_text(json.dumps(found))
    result.with_suffix(".part").replace(result)


signal.signal(signal.SIGRTMIN, probe)
sys.exit(main())
