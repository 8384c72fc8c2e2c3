"""Serial numbers are always cut: in ids and in free text."""

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uma.serials import LEFT_OUT, MAX_ID_BYTES, masked_id, parse_id, secret_words, serial_mask


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
    """A WWN, an NVMe namespace or a USB unit after the serial is removed first: otherwise the serial would
    stay whole.
    """
    assert masked_id(full) == shown


def test_no_id_is_none() -> None:
    """An empty slot has none."""
    assert masked_id("") is None


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        # Serials with a blank inside, as udev writes them.
        ("ALDER_H8240AS60X4.0T_002417FDBTFY_QCKBTFYX", "ALDER_H8240AS60X4.0T_TFYX"),
        ("ALDER_H8240AS60X4.0T_002417FDBTFY_QCKBTFYX_35000cca05c5d0a2c", "ALDER_H8240AS60X4.0T_TFYX"),
        ("BEECH4000DM000-1F2168_Z3012345_K7", "BEECH4000DM000-1F2168_K7"),
        ("CEDAR_DRIVE_9_Plus_1TB_S4EWNX0N_223456A", "CEDAR_DRIVE_456A"),
        # Identifiers of 32 digits: two halves of one drive, disks of a RAID controller.
        ("ELM_EL18000NM02_ZVW1BOXX0000C2150_36000c500d5c0ffee0001000000000000", "ELM_EL18000NM02_2150"),
        ("FIR_PERC_H730_Mini_00bc23de_36d0946606ab12cd34ef5678aabbccdd0", "FIR_PERC_H730_Mini_23de"),
        # Cut at 79 bytes: in the WWN, in its first digits, in the serial.
        (f"{'HAZEL_' + 'X' * 43}_ZYB1BOXX0000C4290_35000c500cab", "HAZEL_" + "X" * 43 + "_4290"),
        (f"{'HAZEL_' + 'X' * 56}_ZYB1BOXX0000C_35", "HAZEL_" + "X" * 56 + "_000C"),
        # Padding before the WWN.
        ("HP_EG0600FBLSH_KTKBOXX1__35000c500aabbccdd", "HP_EG0600FBLSH_OXX1"),
        ("IVY__IV721816ALE6L4_2CGBOXX1", "IVY_IV721816ALE6L4_OXX1"),
        # Other spellings of an id.
        ("ELM_EL18000NM02_ZVW1BOXX_naa.5000c500aabbccdd", "ELM_EL18000NM02_BOXX"),
        ("ELM_EL18000NM02_ZVW1BOXX_eui.0025385b71b0c0de", "ELM_EL18000NM02_BOXX"),
        ("ELM_EL18000NM02_ZVW1BOXX_0x5000c500aabbccdd", "ELM_EL18000NM02_BOXX"),
        ("ELM_EL18000NM02_ZVW1BOXX_5000c500aabbccdd", "ELM_EL18000NM02_BOXX"),
        ("ELM_EL18000NM02_ZVW1BOXX_uuid.0d9e2a4c_1", "ELM_EL18000NM02_BOXX"),
        # In groups, followed by a namespace.
        ("JUNIPER_NV3_D712_7EB5_AE42_0001_002C_333B_3B9E_AB30._1", "JUNIPER_NV3_B30."),
        ("D712_7EB5_AE42_0001_002C_333B_3B9E_AB30.", "B30."),
        # No serial at all, and no model.
        ("LARCH_35000c500a1b2c3d4", "LARCH_c3d4"),
        ("Z2Z1BCDE_35000c500a1b2c3d4", "BCDE"),
        ("002417FDBTFY_QCKBTFYX", "TFYX"),
        # Models stay whole if they are recognised.
        ("Maple_SSD_970_EVO_Plus_1TB_S4EWNX0N223456A", "Maple_SSD_970_EVO_Plus_1TB_456A"),
        ("OAK_BLACK_SN850X_2000GB_23024Y801234", "OAK_BLACK_SN850X_2000GB_1234"),
        ("Pine_PSSD_T7_Shield_S6YBOXX0T7-0:0", "Pine_PSSD_T7_Shield_X0T7"),
        ("PLUM_SA400S37240G_50026C8893AAAAAA", "PLUM_SA400S37240G_AAAA"),
        ("PINE_CS3030_1TB_SSD_PNZ03200A1B", "PINE_CS3030_1TB_SSD_0A1B"),
        ("Micron_5400_MTFDDAK960TGA_20113456ABCE", "Micron_5400_MTFDDAK960TGA_ABCE"),
        # Same length as the serial by chance.
        ("PLUM_MH09ACA18TE_Z1C0A0XXFJD", "PLUM_MH09ACA18TE_XFJD"),
    ],
)
def test_each_form_of_an_id(full: str, shown: str) -> None:
    """In any form, an id shows no more than 4 characters of its serial."""
    assert masked_id(full) == shown
    assert masked_id(shown) in (shown, shown.rpartition("_")[2])


CAPITALS = string.ascii_uppercase + string.digits
# Words without a digit, which look like a part of a model, are not generated.
# A part like 1000T can't be told from a capacity, which belongs to the model.
CAPACITY = re.compile(r"\d+[MGT](B|\d\d)?")
PART = st.text(CAPITALS, min_size=5, max_size=20).filter(
    lambda part: any(map(str.isdigit, part)) and not CAPACITY.fullmatch(part)
)
MODEL = st.sampled_from(
    [
        "ALDER_HD8000-68K",
        "BEECH4000DM000-1F2168",
        "CEDAR_H8240AS60X4.0T",
        "ELM_EL18000NM02",
        "Maple_SSD_970_EVO_Plus_1TB",
    ]
)
GROUPS = st.lists(st.text("0123456789ABCDEF", min_size=4, max_size=4), min_size=3, max_size=8)
SERIAL = st.lists(PART, min_size=1, max_size=3) | GROUPS
LOWER_HEX = "0123456789abcdef"
TAIL = st.one_of(
    st.just(""),
    st.text(LOWER_HEX, min_size=15, max_size=15).map("_35{}".format),
    st.text(LOWER_HEX, min_size=15, max_size=15).map("_5{}".format),
    st.text(LOWER_HEX, min_size=31, max_size=31).map("_36{}".format),
    st.text(LOWER_HEX, min_size=16, max_size=16).map("__3{}".format),
    st.text(LOWER_HEX, min_size=16, max_size=16).map("_naa.{}".format),
    st.text(LOWER_HEX, min_size=16, max_size=16).map("_eui.{}".format),
    st.text(LOWER_HEX, min_size=16, max_size=16).map("_0x{}".format),
    st.sampled_from(["_1", "_12", "-0:0", "-1:0"]),
)


@given(model=MODEL, serial=SERIAL, tail=TAIL, cut=st.booleans())
@example(model="CEDAR_H8240AS60X4.0T", serial=["002417FDBTFY", "QCKBTFYX"], tail="", cut=False)
@example(model="ELM_EL18000NM02", serial=["0" * 8, "0" * 9], tail="_35" + "0" * 15, cut=True)
@example(model="ALDER_HD8000-68K", serial=["0" * 15, "0" * 18, "0" * 19], tail="_5" + "0" * 15, cut=True)
def test_no_id_and_no_text_shows_more_than_four(model: str, serial: list[str], tail: str, cut: bool) -> None:
    """Neither the masked form of a generated id nor a text about the drive contains a part of the serial."""
    full = f"{model}_{'_'.join(serial)}{tail}"
    if cut:
        full = full[:MAX_ID_BYTES]
    shown = masked_id(full)

    assert shown is not None
    assert held(shown.removeprefix(model), serial) == []
    mask = serial_mask([full])
    for text in (
        f"Disk 1 - {full.replace('_', ' ')} (sdb)",
        f"ata-{full}-part1",
        f"smartd: {full} [SAT] failed",
        f"read {' '.join(serial)}, {'_'.join(serial)}; {''.join(serial)}",
    ):
        assert held(mask(text).replace(model, ""), serial) == [], text


def held(text: str, serial: list[str]) -> list[str]:
    """Return the part of *serial* in *text*: all of it, or a part that identifies it."""
    wholes = ["_".join(serial), " ".join(serial), "".join(serial)] if len("".join(serial)) > 4 else []
    parts = [part for part in serial if len(part) > 4]
    return [secret for secret in (*wholes, *parts) if re.search(re.escape(secret), text, re.IGNORECASE)]


@given(st.text(max_size=100) | st.text("AB12_- .:3x", max_size=100))
def test_any_text_is_an_id(full: str) -> None:
    """No id raises, and its parts together are the whole id."""
    parts = parse_id(full)

    assert parts.serial or not full.strip("_")
    assert "".join((*parts.model, *parts.serial, *parts.tail)) == full.replace("_", "")
    assert isinstance(masked_id(full), str) or not full
    serial_mask([full])(full)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Array errors: ALDER_HD8_2SG3C1A2B (sdb)", "Array errors: ALDER_HD8_1A2B (sdb)"),
        ("ALDER HD8 2SG3C1A2B is hot", "ALDER_HD8_1A2B is hot"),
        ("serial 2sg3c1a2b, x2SG3C1A2By", "serial 1A2B, x1A2By"),
        ("SAS address = 0x5000c500a1b2c3d5", f"SAS address = {LEFT_OUT}"),
        ("EUI64 0025385b71b0c0de here", f"EUI64 {LEFT_OUT} here"),
        ("nqn.2014.08.org.nvmexpress:144d144dS3Z1 up", f"{LEFT_OUT} up"),
        ("Serial Number: K7XY99, next", f"Serial Number: {LEFT_OUT}, next"),
        ("took 1234567890123456789 ns of 18000207884288 bytes", "took 1234567890123456789 ns of 18000207884288 bytes"),
    ],
)
def test_free_text(text: str, masked: str) -> None:
    """Ids and serials of known drives are cut everywhere; other drives' names are left out."""
    assert serial_mask(["ALDER_HD8_2SG3C1A2B"])(text) == masked


def test_forbidden_texts() -> None:
    """Each form of a two-part serial is a secret; words of the model are not."""
    assert secret_words("CEDAR_H8240AS60X4.0T_002417FDBTFY_QCKBTFYX_35000cca05c5d0a2c") == (
        "CEDAR_H8240AS60X4.0T_002417FDBTFY_QCKBTFYX_35000cca05c5d0a2c",
        "CEDAR_H8240AS60X4.0T_002417FDBTFY_QCKBTFYX",
        "002417FDBTFY_QCKBTFYX",
        "002417FDBTFYQCKBTFYX",
        "002417FDBTFY",
        "QCKBTFYX",
        "35000cca05c5d0a2c",
    )
    assert secret_words("OAK_AB") == ()


@pytest.mark.parametrize("hostile", ["0x" + "1" * 60_000, "a" * 60_000 + "g", "serial" * 10_000, "nqn." + "x" * 60_000])
def test_hostile_text_costs_little(hostile: str) -> None:
    """64 KB of a log's worst case are masked in linear time."""
    assert len(serial_mask(["ALDER_HD8_2SG3C1A2B"])(hostile)) <= len(hostile) + len(LEFT_OUT)
