"""The measured arrays: one of 8 disks, the usual size, and one of 30, the largest."""

from tests.array_writer import ArrayTexts, array, disk, nvme, pool


def array_of(disks: int) -> ArrayTexts:
    """Return a healthy array of *disks* data disks with two parities and a pool of two."""
    return array(
        parity=2,
        disks=[disk(used=f"{number % 7 + 1}TB") for number in range(disks)],
        pools=[pool("cache", nvme(used="256GB"), nvme())],
    )
