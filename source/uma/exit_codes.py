"""Exit codes of the commands; ``EXIT_CODES`` of uma.command_line has their meaning."""

from typing import Final

OK: Final = 0
BAD_CONFIGURATION: Final = 1
NOT_RUNNING: Final = 1
"""Exit code of ``uma status``, as of Unraid's own rc scripts."""

USAGE: Final = 2
PORT_IS_TAKEN: Final = 3
RESTART_WANTED: Final = 4
"""Exit code after which rc.uma restarts the daemon at once."""
