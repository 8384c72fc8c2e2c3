"""The settings: the text of uma.cfg, the environment and the command line become one
Config and a list of problems.

An invalid setting falls back to its default; nothing here raises. Keys, ranges and
defaults are in docs/settings.md. No shell evaluates a value, and a value
that may be secret is never quoted.

Security settings fail closed: an invalid one must not open what the user had closed
(``GUARDS``).
"""

from uma.config.conflicts import conflicts
from uma.config.files import kept, read_config, read_missing
from uma.config.model import Config, Problem
from uma.config.overrides import with_overrides

__all__ = ["Config", "Problem", "conflicts", "kept", "read_config", "read_missing", "with_overrides"]
