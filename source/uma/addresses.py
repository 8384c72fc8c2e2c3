"""Addresses of the project: the one place to set them.

The manifest (uma.plg), Community Applications (uma.xml), ``uma --help`` and ``uma
diagnostics`` take them from here. ``make release`` refuses while one is empty.
"""

from typing import Final

# ---- Set these three before a release: https://…, without a slash at the end

DOWNLOAD_URL: Final = ""
"""Folder of the released files, uma.plg among them. UMA_BASE_URL overrides it."""

PROJECT_URL: Final = ""
"""Repository to clone."""

SUPPORT_URL: Final = ""
"""Page for questions and bug reports."""
