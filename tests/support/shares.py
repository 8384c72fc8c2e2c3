"""Unraid's files about shares, written for tests."""

from collections.abc import Mapping

from uma.feeds.shares.parse import Computed, ShareTexts

DISKS = '["disk1"]\ntype="Data"\n["cache"]\ntype="Cache"\n["cache2"]\ntype="Cache"\n["tank"]\ntype="Cache"\n'
VAR = 'SYS_ARRAY_SLOTS="24"\nshareSMBEnabled="yes"\nshareNFSEnabled="no"\n'


def share_section(name: str, **changes: str) -> str:
    """A section of shares.ini, as 7.3 writes it, with *changes*."""
    values = {
        "name": name,
        "comment": "",
        "floor": "0",
        "useCache": "no",
        "cachePool": "",
        "cachePool2": "",
        "color": "green-on",
        "size": "0",
        "free": "1000",
        "used": "2000",
        "luksStatus": "0",
        "exclusive": "no",
        **changes,
    }
    return f'["{name}"]\n' + "".join(f'{key}="{value}"\n' for key, value in values.items())


def share_texts(
    shares: str,
    *,
    disks: str = DISKS,
    var: str = VAR,
    smb: str = "",
    nfs: str = "",
    computed: Mapping[str, Computed] | None = None,
) -> ShareTexts:
    """All the files, around *shares*."""
    return ShareTexts(shares=shares, disks=disks, var=var, smb=smb, nfs=nfs, computed=computed or {})
