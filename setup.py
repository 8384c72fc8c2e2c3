"""Addresses of the project for pip, which setup.cfg can't take from a module."""

import runpy
from pathlib import Path

from setuptools import setup

ADDRESSES = runpy.run_path(str(Path(__file__).parent / "source/uma/addresses.py"))
LABELS = {"Source": "PROJECT_URL", "Support": "SUPPORT_URL", "Download": "DOWNLOAD_URL"}

setup(project_urls={label: ADDRESSES[name] for label, name in LABELS.items() if ADDRESSES[name]})
