"""A small virtual machine with SATA and NVMe disks, for facts that only real devices show.

``kernel.py`` gets Debian's kernel, ``archive.py`` packs this machine's Python, smartctl and udevd into an initramfs,
``machine.py`` boots them in qemu and plugs and pulls disks. What runs inside lies in ``guest/``.

``unraid.py`` makes another machine of the same kernel and disks, without Python and booting as Unraid does, in which
the plugin is installed. ``shell.py`` runs commands in it, ``manifest.py`` prepares manifests for it; what runs inside
lies in ``unraid/``.
"""

from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache/vm"
"""Folder of files that are built once: kernel, modules and the packed system."""
LOCK = CACHE / "lock"
"""File that a process locks while it builds in CACHE."""


class CannotBuild(Exception):
    """Raised when this machine lacks a part of the virtual one; ``str()`` names it."""
