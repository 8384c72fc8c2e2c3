"""Unraid's files about updates as the message."""

import json

import pytest

from tests.support.updates import plugin_text
from uma.feeds.updates.model import OsUpdate, PluginUpdate
from uma.feeds.updates.parse import (
    Found,
    Plugin,
    containers_available,
    os_from,
    parse_object,
    parse_release,
    parse_root,
    plugin_from,
)

AT, MOMENT = 1_750_028_400.0, "2025-06-15T23:00:00Z"


def test_a_plugins_root():
    """Its attributes, with entities resolved; the rest of the file may be broken."""
    assert parse_root(plugin_text("uma", "2026.11.23", min="6.12.0").encode()) == {
        "name": "uma",
        "author": "somebody",
        "version": "2026.11.23",
        "pluginURL": "https://example.org/uma.plg",
        "min": "6.12.0",
    }


@pytest.mark.parametrize("encoding", ["gb2312", "big5", "shift_jis", "utf-7", "base64", "no-such-encoding"])
def test_a_declared_encoding(encoding):
    """One that expat does not know costs at most a name's characters, not the other plugins."""
    text = f'<?xml version="1.0" encoding="{encoding}"?><PLUGIN name="备份" version="2026.11.23"/>'

    assert parse_root(text.encode())["version"] == "2026.11.23"
    assert parse_root(text.encode("gb18030"))["version"] == "2026.11.23"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0\xff",
        b"<PLUGIN version='1'",
        b"not XML",
        b"<!DOCTYPE PLUGIN [",
        b'<PLUGIN version="&undefined;">',
        b'<!DOCTYPE d [<!ENTITY a "'
        + b"x" * 1000
        + b'"><!ENTITY b "'
        + b"&a;" * 1000
        + b'"><!ENTITY c "'
        + b"&b;" * 1000
        + b'">]><PLUGIN version="&c;">',
        b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><PLUGIN version="&a;">',
        b"<" * 60_000,
    ],
    ids=["nothing", "no text", "cut short", "no XML", "a cut head", "no entity", "laughs", "a file", "brackets"],
)
def test_texts_without_a_root(text):
    """It has no attributes, and does no harm."""
    assert parse_root(text) == {}


@pytest.mark.parametrize(
    ("installed", "found", "status"),
    [
        ("2026.01.01", {"version": "2026.01.02"}, "available"),
        ("2026.01.01", {"version": "2026.01.01"}, "up_to_date"),
        ("2026.01.01", {"version": "2025.12.31"}, "up_to_date"),
        ("2026.01.01", {"version": "2026.01.01a"}, "available"),
        ("2026.01.01", {"version": "2026.01.02", "min": "7.3.2"}, "available"),
        ("2026.01.01", {"version": "2026.01.02", "min": "7.4.0"}, "incompatible"),
        ("2026.01.01", {"version": "2026.01.02", "max": "7.1.99"}, "incompatible"),
        ("2026.01.01", {"version": "2026.01.01", "min": "7.4.0"}, "up_to_date"),
        ("2026.01.01", {}, "unknown"),
        ("2026.01.01", None, "unknown"),
        (None, {"version": "1"}, "unknown"),
    ],
)
def test_plugins(installed, found, status):
    """As ShowPlugins.php decides on 7.3.2: versions as text, limits as versions."""
    attributes = {"name": "uma"} | ({"version": installed} if installed else {})
    plugin = Plugin("uma.plg", attributes, None if found is None else Found(AT, found))

    assert plugin_from(plugin, "7.3.2") == PluginUpdate(
        "uma", installed, (found or {}).get("version"), status, None if found is None else MOMENT
    )


def test_a_plugin_without_a_name():
    """Its file's name is used; an unknown release makes no plugin incompatible."""
    update = plugin_from(Plugin("a.b.plg", {"version": "1"}, Found(AT, {"version": "2", "min": "99"})), None)

    assert (update.name, update.status) == ("a.b", "available")


@pytest.mark.parametrize(
    ("answer", "update"),
    [
        (
            {"version": "7.3.4", "isNewer": True, "isEligible": True, "params": {"update_exp": "2027"}},
            OsUpdate("7.3.2", "7.3.4", "available", MOMENT, True, False),
        ),
        (
            {"version": "7.3.2", "isNewer": False, "isEligible": False},
            OsUpdate("7.3.2", "7.3.2", "up_to_date", MOMENT, False, False),
        ),
        ({"version": "7.3.5", "isNewer": True}, OsUpdate("7.3.2", "7.3.5", "available", MOMENT, None, True)),
        # A check from before the last update.
        ({"version": "7.3.2", "isNewer": True}, OsUpdate("7.3.2", "7.3.2", "up_to_date", MOMENT, None, False)),
        ({"error": "no network"}, OsUpdate("7.3.2", None, "unknown", None, None, None)),
        ({"version": None, "isNewer": True}, OsUpdate("7.3.2", None, "unknown", None, None, None)),
        ({"version": "7.3.4", "isNewer": "yes"}, OsUpdate("7.3.2", "7.3.4", "unknown", MOMENT, None, False)),
        ({"version": "7.4\ud800", "isNewer": True}, OsUpdate("7.3.2", "7.4?", "available", MOMENT, None, False)),
        ({"version": 7, "isNewer": True}, OsUpdate("7.3.2", None, "unknown", None, None, None)),
        ([1], OsUpdate("7.3.2", None, "unknown", None, None, None)),
        (None, OsUpdate("7.3.2", None, "unknown", None, None, None)),
    ],
)
def test_unraid(answer, update):
    """Results of result.json: an error, a null or another type is unknown, and licence dates are left out."""
    ignored = json.dumps({"updateOsIgnoredReleases": ["7.3.5"]})

    assert os_from("7.3.2", (AT, json.dumps(answer)), ignored, None) == update


@pytest.mark.parametrize("cut", [0, 1, 20, 50])
def test_a_half_written_result(cut):
    """It gives no result yet."""
    text = json.dumps({"version": "7.3.4", "isNewer": True, "isEligible": True})[:cut]

    assert os_from("7.3.2", (AT, text), "", None).status == "unknown"


@pytest.mark.parametrize(
    "ignored", ["", "[]", "{", '{"updateOsIgnoredReleases": null}', '{"updateOsIgnoredReleases": "7"}']
)
def test_damaged_ignored_releases(ignored):
    """Then no release is ignored."""
    answer = (AT, json.dumps({"version": "7", "isNewer": True}))

    assert os_from("6", answer, ignored, None).ignored is False


def test_never_checked():
    """Unknown is the normal state after a boot."""
    assert os_from("7.3.2", None, "", None) == OsUpdate("7.3.2", None, "unknown", None, None, None)


@pytest.mark.parametrize(
    ("release", "newest", "status"),
    [
        ("6.12.4", "6.12.6", "available"),
        ("6.12.6", "6.12.6", "up_to_date"),
        ("6.12.10", "6.12.6", "up_to_date"),
        (None, "6.12.6", "unknown"),
    ],
)
def test_before_6_12_7(release, newest, status):
    """A check left a plugin file of the newest release."""
    assert os_from(release, None, "", Found(AT, {"version": newest})).status == status


@pytest.mark.parametrize(
    ("text", "release"),
    [('version="7.3.2"\n', "7.3.2"), ("", None), ("version=", None), ("\0", None), ("version=7", "7")],
)
def test_releases(text, release):
    """The running release is the value of version; without one it is unknown."""
    assert parse_release(text) == release


@pytest.mark.parametrize("text", ["", "[" * 100_000, "{", "null", "1", '"a"', "\0", "[1]", "NaN"])
def test_texts_without_an_object(text):
    """Half a file, another type or a deep one: all give an empty object."""
    assert parse_object(text) == {}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["available", "up_to_date", "available", "unknown"], 2),
        (["up_to_date"], 0),
        (["unknown", None], None),
        ([], None),
    ],
)
def test_containers(words, count):
    """Unknown differs from none."""
    assert containers_available(words) == count
