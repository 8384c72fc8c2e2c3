"""Redacted output: known values only, and no secret in any other text."""

from pathlib import Path

import pytest

from uma.redaction import KEPT_VALUES, redact_addresses, redact_ini, redact_smart_text, secrets_in, without_secrets

TOWER = Path(__file__).parents[2] / "demo/tower"
SERIAL = "2CKPA0WN"


def test_only_known_values_stay():
    """Every key stays, but only harmless values do; an empty value is marked as empty."""
    text = 'version="7.2.0"\nNAME="Tower"\ncsrf_token="7F3D"\nnewKeyOfTomorrow="secret"\nregTo=""\n'

    assert redact_ini("var.ini", text) == (
        'version="7.2.0"\nNAME="(left out)"\ncsrf_token="(left out)"\nnewKeyOfTomorrow="(left out)"\nregTo=""\n'
    )


def test_serials_are_cut():
    """An id keeps the last 4 characters of its serial number, as in the messages; a slot's name is no id."""
    assert redact_ini("disks.ini", f'["my_storage"]\nid="ALDER_NAS-7E_{SERIAL}"\nidSb=""\ncomment="x"\n') == (
        '["my_storage"]\nid="ALDER_NAS-7E_A0WN"\nidSb=""\ncomment="(left out)"\n'
    )
    assert redact_ini("smart-one.cfg", f'["ALDER_NAS-7E_{SERIAL}"]\nhotTemp="50"\n') == (
        '["ALDER_NAS-7E_A0WN"]\nhotTemp="50"\n'
    )


@pytest.mark.parametrize("line", ["token abc", "; a comment", "=abc", '"abc"', "#abc=1"])
def test_other_lines_than_settings_are_left_out(line: str):
    """A line that is not in emhttpd's form may hold anything: it is removed, and the next one stays."""
    assert redact_ini("var.ini", f"{line}\n\nversion='7'\n") == "; (left out)\n\nversion=\"'7'\"\n"


def test_smart_text():
    """smartctl's texts lose what identifies a drive; health and attributes stay."""
    text = (
        f"Device Model:     ALDER NAS\nSerial Number:    {SERIAL}\nLU WWN Device Id: 5 000c50 0a1b2c3d4\n"
        "Logical Unit id:      0x5000c500a1b2c3d4\nNamespace 1 IEEE EUI-64: 0025385b01\n"
        "SMART overall-health self-assessment test result: PASSED\n"
        "194 Temperature_Celsius     0x0002   061   046   000    Old_age   Always       -       35\n"
    )

    assert redact_smart_text(text) == (
        "Device Model:     ALDER NAS\nSerial Number:    (left out)\nLU WWN Device Id: (left out)\n"
        "Logical Unit id:      (left out)\nNamespace 1 IEEE EUI-64: (left out)\n"
        "SMART overall-health self-assessment test result: PASSED\n"
        "194 Temperature_Celsius     0x0002   061   046   000    Old_age   Always       -       35\n"
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  SAS address = 0x5000c500a1b2c3d5", "  SAS address = (left out)"),
        ("    attached SAS address = 0x500605b0000272ff", "    attached SAS address = (left out)"),
        ("NVMe Subsystem NQN: nqn.2014.08.org.nvmexpress:144d144dS3Z1", "NVMe Subsystem NQN: (left out)"),
        ("IEEE EUI64 0025385b71b0c0de", "IEEE EUI64 (left out)"),
        ("NGUID=0025385b71b0c0de0025385b71b0c0de", "NGUID=(left out)"),
        ("Logical Unit id:", "Logical Unit id:"),
        ("Local Time is:    Sun Nov 29 17:00:00 2026", "Local Time is:    Sun Nov 29 17:00:00 2026"),
        ("  9 Power_On_Hours   0x0032   100   100   000   Old_age   Always   -   5", None),
        ("Elements in grown defect list: 0", None),
    ],
)
def test_each_name_of_one_drive(line: str, shown: str | None):
    """A value is removed with any separator from its name; a name without one, and any other line, stays."""
    assert redact_smart_text(line) == f"{line if shown is None else shown}\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("peer=192.168.1.20 status=101", "peer=(left out) status=101"),
        ("peer=192.168.1.20:5000", "peer=(left out):5000"),
        ("peer=fd00::1%eth0 x", "peer=(left out)%eth0 x"),
        ("[2001:db8::7]:34600", "[(left out)]:34600"),
        ("mac 02:42:ac:11:00:02, up", "mac (left out), up"),
        ("bind=0.0.0.0 port=34600 also=127.0.0.1 and ::1", "bind=0.0.0.0 port=34600 also=127.0.0.1 and ::1"),
        ("at 17:00:05, kernel 6.12.54, 1.2.3", "at 17:00:05, kernel 6.12.54, 1.2.3"),
    ],
)
def test_addresses(text: str, shown: str):
    """Addresses of other machines are removed; loopback, versions and times of day stay."""
    assert redact_addresses(text) == shown


def test_secrets_are_found_and_left_out_anywhere():
    """Token, GUIDs, licensee, key file, ids and serial numbers of the state files occur in no other text."""
    state = (
        'csrf_token="7F3D9A1C"\nflashGUID="0781-5567"\nregTo="Ann Lee"\nluksKeyfile="/root/keyfile"\n'
        f'id="ALDER_{SERIAL}"\ntpmGUID=""\nname="disk1"\n'
    )
    secrets = secrets_in([state])

    assert secrets == {"7F3D9A1C", "0781-5567", "Ann Lee", "/root/keyfile", f"ALDER_{SERIAL}", SERIAL}
    assert without_secrets(f"a 7F3D9A1C, Ann Lee's ALDER_{SERIAL} ({SERIAL}) x7F3D9A1C disk1", secrets) == (
        "a (left out), (left out)'s (left out) ((left out)) x7F3D9A1C disk1"
    )


def test_demo_tower_has_every_secret_to_redact():
    """None of the demo's secrets stays, and everything that the daemon reads does."""
    for name in ("var.ini", "disks.ini", "devs.ini"):
        text = (TOWER / "var/local/emhttp" / name).read_text()
        redacted = redact_ini(name, text)

        assert [secret for secret in secrets_in([text]) if secret in redacted] == []
        assert redacted.count("\n") == text.count("\n")
    assert "temp" in KEPT_VALUES["disks.ini"]
