"""Unraid's files about shares as the message."""

import pytest

from tests.support.shares import VAR, share_section, share_texts
from uma.feeds.shares.model import ComputedSize, NfsExport, Placement, Share, SharesStatus, SmbExport
from uma.feeds.shares.parse import Computed, status_from


def only(**changes) -> Share:
    """Return the one share of texts with *changes*."""
    (share,) = status_from(share_texts(share_section("media", **changes))).shares
    return share


def test_a_whole_share():
    """A share has everything on the webGUI's tab, but no size or percentage of the file system."""
    texts = share_texts(
        share_section("media", useCache="yes", cachePool="cache", luksStatus="1", exclusive="no"),
        smb='["media"]\nexport="e"\nsecurity="private"\nreadList="anna"\nwriteList=""\n',
        nfs='["media"]\nexport="-"\nsecurity="public"\n',
        computed={"media": Computed(1_750_028_400.0, "cache=100\ndisk1=200\ndisk.total=300\n")},
    )

    assert status_from(texts) == SharesStatus(
        (
            Share(
                name="media",
                protection="protected",
                encrypted=True,
                placement=Placement("cache", "array", "to_secondary"),
                exclusive=False,
                valid=True,
                free_bytes=1000 * 1024,
                floor_bytes=0,
                smb=SmbExport(exported=True, hidden=False, security="private"),
                nfs=NfsExport(exported=False, security="public"),
                computed_size=ComputedSize(300, {"cache": 100, "disk1": 200}, "2025-06-15T23:00:00Z"),
            ),
        )
    )


@pytest.mark.parametrize(
    ("color", "protection"),
    [("green-on", "protected"), ("yellow-on", "unprotected"), ("red-on", "unknown"), ("", "unknown")],
)
def test_protection(color, protection):
    """The webGUI's colours; any other colour is unknown, not good."""
    assert only(color=color).protection == protection


@pytest.mark.parametrize(("status", "encrypted"), [("0", None), ("1", True), ("2", False), ("", None), ("x", None)])
def test_encryption(status, encrypted):
    """All files, some or none, or unknown."""
    assert only(luksStatus=status).encrypted is encrypted


@pytest.mark.parametrize(
    ("use", "first", "second", "placement", "is_valid"),
    [
        ("no", "", "", Placement("array", None, "none"), True),
        ("no", "gone", "", Placement("array", None, "none"), True),
        ("only", "cache", "", Placement("cache", None, "none"), True),
        ("yes", "cache", "", Placement("cache", "array", "to_secondary"), True),
        ("yes", "cache", "tank", Placement("cache", "tank", "to_secondary"), True),
        ("prefer", "cache", "", Placement("cache", "array", "to_primary"), True),
        ("prefer", "cache", "tank", Placement("cache", "tank", "to_primary"), True),
        ("yes", "gone", "", Placement("gone", "array", "to_secondary"), False),
        ("yes", "cache", "gone", Placement("cache", "gone", "to_secondary"), False),
        ("sometimes", "cache", "", Placement(None, None, None), True),
        ("", "", "", Placement(None, None, None), True),
    ],
)
def test_placement(use, first, second, placement, is_valid):
    """Primary and secondary storage and the mover's direction, as in the webGUI; missing storage is invalid."""
    share = only(useCache=use, cachePool=first, cachePool2=second)

    assert (share.placement, share.valid) == (placement, is_valid)


@pytest.mark.parametrize(
    ("use", "first", "second", "placement", "is_valid"),
    [
        ("no", "", "", Placement("cache", None, "none"), True),
        ("yes", "tank", "", Placement("tank", None, "none"), True),
        ("yes", "cache", "tank", Placement("cache", "tank", "to_secondary"), True),
        ("prefer", "gone", "", Placement("gone", None, "none"), False),
    ],
)
def test_placement_without_an_array(use, first, second, placement, is_valid):
    """A server with pools only treats all shares as being on their pool, unless they have a second one."""
    section = share_section("media", useCache=use, cachePool=first, cachePool2=second)
    (share,) = status_from(share_texts(section, var=VAR.replace('"24"', '"2"'))).shares

    assert (share.placement, share.valid) == (placement, is_valid)


def test_no_pool_and_no_array():
    """A share of a server without storage has none."""
    texts = share_texts(share_section("media"), disks="", var='SYS_ARRAY_SLOTS="0"\n')

    assert [(share.placement.primary, share.valid) for share in status_from(texts).shares] == [(None, False)]


def test_the_members_of_a_pool_are_one_pool():
    """tank and tank2 are the pool tank; a subpool is not a pool that shares can use."""
    disks = '["tank"]\ntype="Cache"\n["tank2"]\ntype="Cache"\n["disk1"]\ntype="Data"\n'
    shares = [only_of(pool, disks) for pool in ("tank", "tank2", "disk1")]

    assert shares == [True, False, False]


def only_of(pool: str, disks: str) -> bool:
    section = share_section("media", useCache="only", cachePool=pool)
    return status_from(share_texts(section, disks=disks)).shares[0].valid


@pytest.mark.parametrize(
    ("export", "protocol", "exported", "hidden"),
    [
        ("e", "yes", True, False),
        ("eh", "yes", True, True),
        ("et", "yes", True, False),
        ("eth", "yes", True, True),
        ("-", "yes", False, False),
        ("e", "no", False, False),
        ("e", "ads", True, False),
        ("e", "", True, False),
    ],
)
def test_smb(export, protocol, exported, hidden):
    """Exported while SMB is on, by workgroup or Active Directory."""
    smb = f'["media"]\nexport="{export}"\nsecurity="secure"\n'
    texts = share_texts(share_section("media"), smb=smb, var=f'SYS_ARRAY_SLOTS="24"\nshareSMBEnabled="{protocol}"\n')
    (share,) = status_from(texts).shares

    assert share.smb == SmbExport(exported, hidden, "secure")


def test_exports_that_are_not_known():
    """Without sec.ini the export is unknown; with the protocol off a share is not exported, whatever its setting."""
    share = only()

    assert (share.smb, share.nfs) == (SmbExport(None, None, None), NfsExport(False, None))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("disk1=1\ndisk.total=1\n", ComputedSize(1, {"disk1": 1}, "1970-01-01T00:00:00Z")),
        ("disk.total=0\n", ComputedSize(0, {}, "1970-01-01T00:00:00Z")),
        ("disk1=1\n", None),
        ("", None),
        ("disk.total=\n", None),
        ("disk.total=-5\n", None),
        ("disk.total=1e9\n", None),
        (f"disk.total={'9' * 400}\n", None),
        ("disk1=x\ndisk.total=7", ComputedSize(7, {}, "1970-01-01T00:00:00Z")),
        ("\0\ufffd[", None),
    ],
)
def test_computed_sizes(text, size):
    """A total of share_size is published only once it is complete."""
    texts = share_texts(share_section("media"), computed={"media": Computed(0.0, text)})

    assert status_from(texts).shares[0].computed_size == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("17950564.8", 18381378355),
        ("4503599627370495", 4503599627370495 * 1024),
        ("", None),
        ("-", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("9" * 300, None),
    ],
)
def test_numbers_of_kib(text, size):
    """KiB become bytes, with fractions of a floor; an invalid size is unknown."""
    share = only(free=text, floor=text)

    assert (share.free_bytes, share.floor_bytes) == (size, size)


@pytest.mark.parametrize("name", ["a.b", "Ünïcode", "with space", "a/b", "..", "x" * 300, "%h", "{{ 7 }}", "a=b", "’"])
def test_odd_names(name):
    """A share's name is free text; a long one is cut."""
    shares = status_from(share_texts(share_section(name) + share_section("media"))).shares

    assert name[:255] in {share.name for share in shares}
    assert len(shares) == 2


def test_names_that_differ_by_case():
    """They are two shares, next to each other."""
    texts = share_texts(share_section("share2") + share_section("other") + share_section("Share2"))

    assert [share.name for share in status_from(texts).shares] == ["other", "Share2", "share2"]


@pytest.mark.parametrize("text", ["", "\0", "[", '["a"]', '["a"]\n', "useCache", '[""]\nfree="1"\n', "\ufffd" * 100])
def test_damaged_files(text):
    """An entry that is not a share is left out, and no damaged file raises an error."""
    texts = share_texts(text, disks=text, var=text, smb=text, nfs=text, computed={"a": Computed(float("nan"), text)})

    assert status_from(texts).shares == ()


def test_forty_eight_shares_fit():
    """48 shares stay below the 16 KB of one message; the contract's fields of 60 take 20 KB."""
    import msgspec

    names = [f"share-{number:02}" for number in range(60)]
    exports = "".join(f'["{name}"]\nexport="e"\nsecurity="public"\n' for name in names)
    sections = [share_section(name, useCache="yes", cachePool="cache", free="21480000000") for name in names]
    sizes = [
        len(msgspec.json.encode(status_from(share_texts("".join(sections[:count]), smb=exports, nfs=exports))))
        for count in (48, 60)
    ]

    assert sizes[0] < 16_384
    assert sizes[1] < 20_480


def test_user_names_stay_behind():
    """Read and write lists name people."""
    texts = share_texts(share_section("media"), smb='["media"]\nexport="e"\nsecurity="secure"\nwriteList="anna"\n')

    assert "anna" not in repr(status_from(texts))
