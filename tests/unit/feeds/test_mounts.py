"""Mounted file systems."""

import pytest

from uma.feeds.mounts import parse_mounts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/dev/loop2 /var/lib/docker btrfs rw 0 0\n", "/dev/loop2"),
        ("tmpfs /var/lib tmpfs rw\n/dev/loop2 /var/lib/docker/btrfs btrfs rw\n", None),
        ("a /var/lib/docker x\nb /var/lib/docker y\n", "b"),
        ("", None),
        ("\n \nx\n", None),
    ],
)
def test_the_last_mount_counts(text: str, expected: str | None) -> None:
    """Only a mount at exactly this folder is Docker's."""
    mount = parse_mounts(text, "/var/lib/docker")
    assert (mount and mount.device) == expected
