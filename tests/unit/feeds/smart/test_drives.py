"""Choice of the drives that may be read, from the state files."""

import pytest

from uma.feeds import ini
from uma.feeds.smart.drives import DriveToQuery, drives_from, drives_of
from uma.feeds.storage.emhttp import parse_state, read_texts
from uma.host import Host

UP = {"device": "sdb", "id": "MODEL_SERIAL", "transport": "ata", "spundown": "0", "color": "green-on", "type": "Data"}


def test_array_pools_and_unassigned():
    """Every slot of disks.ini and device of devs.ini with a device is a drive, in the files' order."""
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
    """A drive is spun up only if spundown is 0 and its ball does not blink; missing values count as standby."""
    (drive,) = drives_from({"disk1": UP | change}, {})
    assert drive.is_spun_up is is_spun_up


def test_unsaid_is_standby():
    """A section without spundown is not spun up."""
    (drive,) = drives_from({"disk1": {"device": "sdb"}}, {})
    assert drive.is_spun_up is False


@pytest.mark.parametrize("device", ["../mem", "sdb -X", "-a", "sd\u00df", "mapper/x"])
def test_only_kernel_names(device):
    """A device whose name is not a kernel name is left out: it would become part of smartctl's arguments."""
    assert drives_from({"disk1": UP | {"device": device}}, {}) == ()


def test_serials_are_not_printed():
    """A drive's text, as a log would have it, shows no id."""
    (drive,) = drives_from({"disk1": UP}, {})
    assert "SERIAL" not in repr(drive)


def test_state_files_are_read(tmp_path):
    """The drives come from disks.ini and devs.ini under the host's root."""
    host = Host(tmp_path)
    host.state.mkdir(parents=True)
    (host.state / "var.ini").write_text('fsState="Started"\n')
    (host.state / "disks.ini").write_text('["disk1"]\ndevice="sdb"\nspundown="0"\ntransport="ata"\nid="A_1"\n')
    (host.state / "devs.ini").write_text('["dev1"]\ndevice="sdc"\nspundown="1"\ntransport="usb"\nid="B_1"\n')
    assert drives_of(parse_state(read_texts(host)), host) == (
        DriveToQuery("disk1", "sdb", True, "ata", "A_1"),
        DriveToQuery("dev1", "sdc", False, "usb", "B_1"),
    )


@pytest.mark.parametrize(
    ("own", "general", "controller"),
    [
        ({}, {}, ""),
        ({"smType": "-d sntasmedia"}, {}, "sntasmedia"),
        ({"smType": "-d sntjmicron"}, {"smType": "-d scsi"}, "sntjmicron"),
        ({"smType": "-d megaraid", "smPort1": "5", "smGlue": ","}, {}, "megaraid,5"),
        ({"smType": "-d areca", "smPort1": "3", "smPort2": "2", "smGlue": "/"}, {}, "areca,3/2"),
        ({"smType": "-d hpt", "smPort1": "1", "smPort2": "4", "smPort3": "2", "smGlue": "/"}, {}, "hpt,1/4/2"),
        ({"smType": "-d cciss", "smPort1": "0", "smGlue": ""}, {}, "cciss,0"),
        ({"smType": "-d aacraid", "smPort1": "0", "smPort2": "1", "smPort3": "2"}, {}, "aacraid,0,1,2"),
        ({"smType": "-d sat", "smPort1": "", "smPort2": "12", "smGlue": ","}, {}, "sat,12"),
        ({"smType": "-d 3ware", "smPort1": "7"}, {"smPort2": "9"}, "3ware,7"),
        ({"smType": "-1"}, {"smType": "-d sat", "smPort1": "auto"}, "sat,auto"),
        ({"smType": ""}, {"smType": "-d ata"}, "ata"),
        ({"hotTemp": "50"}, {"smType": "-d scsi"}, "scsi"),
        ({"smType": " "}, {"smType": "-d scsi"}, ""),
        ({"smType": "-d sat; reboot"}, {}, ""),
        ({"smType": "-d sat -s off"}, {}, ""),
        ({"smType": "--quietmode=silent"}, {}, ""),
        ({"smType": "-d megaraid", "smPort1": "5 -t long"}, {}, ""),
        ({"smType": "-d sat", "smGlue": "`", "smPort1": "1", "smPort2": "2"}, {}, ""),
    ],
)
def test_the_users_controller_type(own, general, controller):
    """The drive's own type precedes the general one, ports follow; an invalid type goes into no command."""
    (drive,) = drives_from({"disk1": UP}, {}, own={UP["id"]: own}, general=general)

    assert drive.controller == controller


@pytest.mark.parametrize(
    ("name", "device"), [("sg2", "sg2"), ("/dev/sg2", "sg2"), ("", "sdb"), ("../sda", "sdb"), ("sg2 x", "sdb")]
)
def test_a_raid_controllers_own_device(name, device):
    """smDevice is queried instead of the volume, if it is a kernel name."""
    (drive,) = drives_from({"disk1": UP}, {}, own={UP["id"]: {"smType": "-d areca", "smDevice": name}})

    assert drive.device == device


def test_types_are_read_from_the_users_files(tmp_path):
    """smart-one.cfg by drive id, smart-all.cfg for the others."""
    host = Host(tmp_path)
    host.state.mkdir(parents=True)
    host.flash_config.mkdir(parents=True)
    (host.state / "var.ini").write_text('fsState="Started"\n')
    (host.state / "disks.ini").write_text(
        '["disk1"]\ndevice="sdb"\nid="A_1"\nspundown="0"\n["disk2"]\ndevice="sdc"\nid="B_1"\nspundown="0"\n'
    )
    (host.flash_config / "smart-one.cfg").write_text('["A_1"]\nsmType="-d megaraid"\nsmPort1="5"\nsmGlue=","\n')
    (host.flash_config / "smart-all.cfg").write_text('smType="-d sat"\n')

    drives = drives_of(parse_state(read_texts(host)), host)

    assert [drive.controller for drive in drives] == ["megaraid,5", "sat"]
