"""A host's files about apcupsd and NUT."""

import os
from pathlib import Path

import pytest

from uma.feeds.ups.installed import read_apcupsd, read_events_file, read_nut
from uma.host import Host


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


APCUPSD_CFG = "boot/config/plugins/dynamix.apcupsd/dynamix.apcupsd.cfg"
NUT_CFG = "boot/config/plugins/nut-dw/nut-dw.cfg"
GONE = "4194305"
"""Larger than Linux' largest process id."""


@pytest.mark.parametrize(
    ("files", "service"),
    [
        ({}, "absent"),
        ({"usr/local/emhttp/plugins/dynamix.apcupsd/x": ""}, "disabled"),
        ({APCUPSD_CFG: 'SERVICE="disable"\n'}, "disabled"),
        ({APCUPSD_CFG: 'SERVICE="enable"\n'}, "stopped"),
        ({APCUPSD_CFG: 'SERVICE="enable"\n', "var/run/apcupsd.pid": GONE}, "stopped"),
        ({APCUPSD_CFG: 'SERVICE="enable"\n', "var/run/apcupsd.pid": "noise\x00"}, "stopped"),
        ({APCUPSD_CFG: 'SERVICE="enable"\n', "var/run/apcupsd.pid": f"{os.getpid()}\n"}, "running"),
        ({"var/run/apcupsd.pid": f"{os.getpid()}\n"}, "running"),
    ],
)
def test_apcupsds_service(tmp_path, files, service):
    """Running means a living process; else the user's setting decides, else the installation."""
    for path, text in files.items():
        write(tmp_path, path, text)

    assert read_apcupsd(Host(tmp_path)).service == service


def test_apcupsd_is_where_its_conf_says(tmp_path):
    """Address, poll time and the user's override of the rated power."""
    write(tmp_path, APCUPSD_CFG, 'SERVICE="enable"\nOVERRIDE_UPS_CAPACITY="540"\nDEVICE="secret"\n')
    write(tmp_path, "var/run/apcupsd.pid", str(os.getpid()))
    write(tmp_path, "etc/apcupsd/apcupsd.conf", "NISIP 0.0.0.0\nNISPORT 13551\nPOLLTIME 30\n")
    found = read_apcupsd(Host(tmp_path))

    assert (found.host, found.port, found.poll_seconds, found.overrides.watts) == ("127.0.0.1", 13551, 30.0, 540.0)
    assert "secret" not in repr(found)


@pytest.mark.parametrize("conf", [None, "NISPORT 99999\nPOLLTIME 0\n", "\x00\xff" * 40000])
def test_apcupsds_defaults(tmp_path, conf):
    """With a missing or invalid conf apcupsd's own defaults apply."""
    write(tmp_path, "var/run/apcupsd.pid", str(os.getpid()))
    if conf is not None:
        write(tmp_path, "etc/apcupsd/apcupsd.conf", conf)
    found = read_apcupsd(Host(tmp_path))

    assert (found.host, found.port, found.poll_seconds, found.overrides.watts) == ("127.0.0.1", 3551, 60.0, None)


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ("EVENTSFILE /var/log/ups.events\n", "var/log/ups.events"),
        ("", "var/log/apcupsd.events"),
        ("EVENTSFILE relative\n", "var/log/apcupsd.events"),
    ],
)
def test_the_events_file_is_below_the_root(tmp_path, conf, expected):
    """The path is from its conf, else apcupsd's default."""
    write(tmp_path, "etc/apcupsd/apcupsd.conf", conf)

    assert read_events_file(Host(tmp_path)) == tmp_path / expected


def test_nut_is_where_the_plugin_says(tmp_path):
    """A slave's upsd is elsewhere; passwords are not read."""
    write(
        tmp_path,
        NUT_CFG,
        'SERVICE="enable"\nMODE="slave"\nNAME="rack"\nIPADDR="10.0.0.2:4000"\nPOWER="manual"\nPOWERVA="850"\n'
        'POWERW="510"\nRUNTIME="battery.runtime.x"\nRTUNIT="minutes"\nMONPASS="c2VjcmV0"\n',
    )
    write(tmp_path, "var/run/nut/upsmon.pid", str(os.getpid()))
    found = read_nut(Host(tmp_path))

    assert (found.service, found.host, found.port, found.name) == ("running", "10.0.0.2", 4000, "rack")
    assert (found.overrides.watts, found.overrides.volt_amperes) == (510.0, 850.0)
    assert (found.overrides.runtime_variable, found.overrides.runtime_unit_seconds) == ("battery.runtime.x", 60)
    assert "c2VjcmV0" not in repr(found)


@pytest.mark.parametrize(
    ("settings", "service"), [(None, "absent"), ('SERVICE="disable"\n', "disabled"), ('SERVICE="enable"\n', "stopped")]
)
def test_nuts_service(tmp_path, settings, service):
    """Without upsmon the user's setting decides."""
    if settings is not None:
        write(tmp_path, NUT_CFG, settings)

    assert read_nut(Host(tmp_path)).service == service


def test_ratings_count_only_by_hand(tmp_path):
    """POWER="auto" leaves the UPS's own; POWERW="-1" is the plugin's form of that."""
    write(tmp_path, "var/run/nut/upsmon.pid", str(os.getpid()))
    for text in ('POWER="auto"\nPOWERW="510"\n', 'POWER="manual"\nPOWERW="-1"\n'):
        write(tmp_path, NUT_CFG, text)
        assert read_nut(Host(tmp_path)).overrides.watts is None


@pytest.mark.parametrize(
    ("given", "watts", "keeps_measured"),
    [("510", 510.0, False), ("-510", 510.0, True), ("0", None, False), ("--5", None, True), ("-x", None, True)],
)
def test_a_negative_rating_replaces_no_measurement(tmp_path, given, watts, keeps_measured):
    """The NUT plugin takes its amount as the rated power, and keeps what the UPS measures."""
    write(tmp_path, "var/run/nut/upsmon.pid", str(os.getpid()))
    write(tmp_path, NUT_CFG, f'POWER="manual"\nPOWERW="{given}"\nPOWERVA="{given}"\n')
    found = read_nut(Host(tmp_path)).overrides

    assert (found.watts, found.volt_amperes, found.keeps_measured) == (watts, watts, keeps_measured)
