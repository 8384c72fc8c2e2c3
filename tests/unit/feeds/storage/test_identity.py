"""A drive's identity without its serial."""

import pytest

from uma.feeds.storage.identity import masked_id


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("ALDER_HD8000-68K_2SG3C1A2B", "ALDER_HD8000-68K_1A2B"),
        ("CEDAR_SAS12_Z1Z0ABCD_35000c500a1b2c3d4", "CEDAR_SAS12_ABCD"),
        ("CEDAR_SAS12_Z1Z0ABCD35000c500a1b2c3d4", "CEDAR_SAS12_c3d4"),
        ("BIRCH_NV100_22AA10E61F0A_1", "BIRCH_NV100_1F0A"),
        ("MAPLE_USB_4C530001230718-0:0", "MAPLE_USB_0718"),
        ("OAK_AB", "OAK_AB"),
        ("NOMODELATALL99", "LL99"),
        ("_X12345", "_2345"),
    ],
)
def test_the_serial_is_cut_to_four_characters(full: str, shown: str) -> None:
    """A WWN, an NVMe namespace or a USB unit behind the serial goes first: it would leave the serial whole."""
    assert masked_id(full) == shown


def test_no_id_is_none() -> None:
    """An empty slot has none."""
    assert masked_id("") is None
