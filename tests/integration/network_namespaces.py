"""Two network namespaces connected by a cable, like two machines on one LAN."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
FOLDER = Path("/run/netns")


class Lan:
    """Namespaces *a* and *b*, which have ``eth0`` with 10.77.0.1 and 10.77.0.2. Needs root."""

    def __init__(self) -> None:
        stem = f"uma-{os.getpid()}"
        self.a, self.b = f"{stem}-a", f"{stem}-b"

    def __enter__(self) -> "Lan":
        try:
            for name in (self.a, self.b):
                _ip("netns", "add", name)
                _ip("-n", name, "link", "set", "lo", "up")
            _ip("link", "add", "eth0", "netns", self.a, "type", "veth", "peer", "name", "eth0", "netns", self.b)
            for name, address in ((self.a, "10.77.0.1/24"), (self.b, "10.77.0.2/24")):
                self._set_address(name, address)
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for name in (self.a, self.b):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)

    def move(self, name: str, old: str, new: str) -> None:
        """Give the end in *name* another address."""
        _ip("-n", name, "address", "delete", old, "dev", "eth0")
        self._set_address(name, new)

    @staticmethod
    def _set_address(name: str, address: str) -> None:
        _ip("-n", name, "address", "add", address, "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        # Multicast needs a route.
        _ip("-n", name, "route", "replace", "default", "dev", "eth0")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Have this thread's new sockets, and the programs it starts, in the namespace *name*."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    other = os.open(FOLDER / name, os.O_RDONLY)
    try:
        _enter(other)
        yield
    finally:
        _enter(own)
        os.close(own)
        os.close(other)


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
