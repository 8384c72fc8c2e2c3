"""Start of the program: a daemon's steward is forked before anything else is imported.

A process that is forked later would keep all earlier imports in memory.
"""

import _signal  # type: ignore[import-not-found]
import os
import sys


def main() -> int:
    """Run the command line; return its exit code. Ctrl-C ends the process by SIGINT,
    unless the command handles it.
    """
    try:
        return _run()
    except KeyboardInterrupt:
        # Without a traceback, and so that a shell's loop ends, too.
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGINT)
        raise


def _run() -> int:
    control = None
    is_daemon = sys.argv[1:2] == ["serve"]
    if is_daemon:
        from uma.fence.steward import fork_steward  # noqa: PLC0415 - see above

        try:
            control = fork_steward()
        except OSError:
            # The command line tries again, and reports the reason.
            control = None
    from uma.runtime.light_imports import light_imports  # noqa: PLC0415 - see above
    from uma.runtime.stand_ins import STAND_INS  # noqa: PLC0415 - see above

    with light_imports(STAND_INS if is_daemon else ()):
        from uma.runtime.light_dataclasses import lighten_dataclasses  # noqa: PLC0415 - see above

        lighten_dataclasses()
        from uma.program import main as run  # noqa: PLC0415 - see above
    # Imported by name only; the package is without it.
    with light_imports(["decimal"]):
        return run(control=control)
