"""Stamps of files."""

import os
from pathlib import Path

from uma.web.stamps import stamp_of


def test_a_stamp_changes_with_its_files(tmp_path: Path) -> None:
    """Another size or time, or a file that is gone, gives another stamp; a missing file is zeros."""
    file = tmp_path / "uma.pem"
    file.write_text("a")
    os.utime(file, ns=(5, 5))
    stamps = [stamp_of((file, str(tmp_path / "none")))]
    assert stamps == [((5, 1), (0, 0))]

    os.utime(file, ns=(6, 6))
    stamps.append(stamp_of((file,)))
    file.write_text("ab")
    os.utime(file, ns=(6, 6))
    stamps.append(stamp_of((file,)))
    file.unlink()
    stamps.append(stamp_of((file,)))
    assert stamps[1:] == [((6, 1),), ((6, 2),), ((0, 0),)]
