"""Which drives may be asked, from the state files."""

import pytest

from uma.errors import Unreadable
from uma.feeds import ini
from uma.feeds.smart.drives import DriveToQuery, drives_from, read_drives
from uma.host import Host

UP = {"device": "sdb", "id": "MODEL_SERIAL", "transport": "ata", "spundown": "0", "color": "green-on", "type": "Data"}


def test_array_pools_and_unassigned():
    """Every slot of disks.ini and every device of devs.ini that has a device is a drive, in the files' order."""
    disks = ini.parse(
        '["parity"]\ndevice="sdc"\nid="P_1"\ntransport="ata"\nspundown="1"\ncolor="green-blink"\ntype="Parity"\n'
        '["disk1"]\ndevice=""\nid=""\nspundown="0"\ncolor="grey-off"\ntype="Data"\n'
        '["rocket_pool2"]\ndevice="nvme1n1"\nid="N_1"\ntransport="nvme"\nspundown="0"\ncolor="green-on"\ntype="Cache"\n'
        '["flash"]\ndevice="sda"\nid="F_1"\ntransport="usb"\nspundown="0"\ncolor="green-on"\ntype="Flash"\n'
    )
    devs = ini.parse('["dev1"]\nname="dev1"\ndevice="sdx"\nid="U_1"\nspundown="0"\n')
    assert drives_from(disks, devs) == (
        DriveToQuery("parity", "sdc", False, "ata", "P_1"),
        DriveToQuery("rocket_pool2", "nvme1n1", True, "nvme", "N_1"),
        DriveToQuery("dev1", "sdx", True, "", "U_1"),
    )


@pytest.mark.parametrize(
    ("change", "is_spun_up"),
    [
        ({}, True),
        ({"spundown": "1"}, False),
        ({"spundown": ""}, False),
        ({"spundown": "yes"}, False),
        ({"color": "green-blink"}, False),
        ({"color": "red-blink"}, False),
        ({"color": "yellow-on"}, True),
    ],
)
def test_any_sign_of_standby_counts(change, is_spun_up):
    """A drive is spun up only if spundown is 0 and its ball does not blink; what is not said is taken for standby."""
    (drive,) = drives_from({"disk1": UP | change}, {})
    assert drive.is_spun_up is is_spun_up


def test_unsaid_is_standby():
    """A section without spundown is not spun up."""
    (drive,) = drives_from({"disk1": {"device": "sdb"}}, {})
    assert drive.is_spun_up is False


@pytest.mark.parametrize("device", ["../mem", "sdb -X", "-a", "sd\u00df", "mapper/x"])
def test_only_kernel_names(device):
    """A device that is no kernel name makes no drive: it would become part of smartctl's arguments."""
    assert drives_from({"disk1": UP | {"device": device}}, {}) == ()


def test_serials_are_not_printed():
    """A drive's text, as a log would have it, shows no id."""
    (drive,) = drives_from({"disk1": UP}, {})
    assert "SERIAL" not in repr(drive)


def test_state_files_are_read(tmp_path):
    """The drives come from disks.ini and devs.ini under the host's root; without them reading raises Unreadable."""
    host = Host(tmp_path)
    with pytest.raises(Unreadable):
        read_drives(host)
    host.state.mkdir(parents=True)
    (host.state / "var.ini").write_text('fsState="Started"\n')
    (host.state / "disks.ini").write_text('["disk1"]\ndevice="sdb"\nspundown="0"\ntransport="ata"\nid="A_1"\n')
    (host.state / "devs.ini").write_text('["dev1"]\ndevice="sdc"\nspundown="1"\ntransport="usb"\nid="B_1"\n')
    assert read_drives(host) == (
        DriveToQuery("disk1", "sdb", True, "ata", "A_1"),
        DriveToQuery("dev1", "sdc", False, "usb", "B_1"),
    )
