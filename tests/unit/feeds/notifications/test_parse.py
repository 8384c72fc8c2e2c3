"""Files of Unraid's notify script as values."""

from dataclasses import astuple

import pytest

from tests.support.notifications import notification_text
from uma.feeds.notifications.model import Notification
from uma.feeds.notifications.parse import Given, ids_in, importance_of, item_from, parse_given, parse_path


def given(**changes: str) -> Given:
    return Given(
        **{"timestamp": "1750028400", "event": "", "subject": "", "description": "", "importance": "", "link": ""}
        | changes
    )


def item(**changes: str) -> Notification:
    return item_from("a.notify", given(**changes), unread=True, written_at=0.0, mask=lambda text: text)


@pytest.mark.parametrize("quoted", [True, False], ids=["7.2.1 and later", "before"])
@pytest.mark.parametrize("subject", ["plain", "a=b=c", 'say "hi" to', "back\\slash", "", "  ", "ünï", "'"])
def test_both_spellings(quoted, subject):
    """A text survives, quoted or bare, with = and quotes inside."""
    assert parse_given(notification_text(quoted=quoted, subject=subject)).subject.strip() == subject.strip()


def test_all_fields():
    """A notification's published fields exclude the long message."""
    text = 'timestamp=1\nevent="E"\nsubject="S"\ndescription="D"\nimportance="alert"\nmessage="M"\nlink="/L"\n'

    assert parse_given(text) == Given("1", "E", "S", "D", "alert", "/L")


@pytest.mark.parametrize(
    ("lines", "subject"),
    [
        (('subject="one', "", 'two = 2"'), "one  two = 2"),
        (('subject="a \\"b\\"', 'c"'), 'a "b" c'),
        # Before 7.2.1, nothing is quoted as a whole.
        (('subject="Plex" and "Sonarr"',), '"Plex" and "Sonarr"'),
        (('subject="Plex stopped',), '"Plex stopped'),
        (('subject="',), '"'),
        (('subject="ends \\\\"',), "ends \\"),
        (("subject=a", "rest"), "a"),
    ],
)
def test_texts_of_several_lines(lines, subject):
    """A quoted text goes on to its closing quote; the next field is never part of it."""
    found = parse_given("\n".join(("event=E", *lines, "importance=alert", 'description="D"\n')))

    assert (found.event, found.subject, found.importance, found.description) == ("E", subject, "alert", "D")


@pytest.mark.parametrize("text", ["", "\n\n", "nothing here", "\0\0", "\ufffd"])
def test_files_that_say_nothing(text):
    """An empty file is being written; one without fields is not a notification."""
    assert parse_given(text) is None


@pytest.mark.parametrize("quoted", [True, False])
def test_half_written_files(quoted):
    """A file that is cut at any character only loses what follows: its last field is cut, and the others are whole."""
    text = notification_text(quoted=quoted, subject="Disk hot")
    whole = astuple(parse_given(text))

    for end in range(len(text)):
        fields = astuple(parse_given(text[:end]) or Given("", "", "", "", "", ""))
        cut = next((at for at, field in enumerate(fields) if field != whole[at]), len(whole) - 1)
        assert not any(fields[cut + 1 :])
        assert whole[cut].startswith(fields[cut].removeprefix('"'))


def test_the_first_of_two_fields_counts():
    """A second line that looks like a field changes nothing."""
    assert parse_given("importance=alert\nimportance=normal\n").importance == "alert"


@pytest.mark.parametrize(
    ("word", "importance"),
    [
        ("alert", "alert"),
        ("warning", "warning"),
        ("normal", "normal"),
        ("", "normal"),
        ("ALERT", "normal"),
        ("x", "normal"),
    ],
)
def test_importances(word, importance):
    """As in the bell of 7.2: an unknown word is a notice."""
    assert importance_of(given(importance=word)) == importance


def test_an_item():
    """A notification as clients get it."""
    source = given(event="E", subject="S", description="D", importance="alert", link="/Main")

    assert item_from("E_1.notify", source, unread=False, written_at=9.0, mask=str.upper) == Notification(
        "E_1.notify", "2025-06-15T23:00:00Z", "alert", "E", "S", "D", "/MAIN", unread=False
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("47&#8201;&#176;C", "47 °C"),
        ("a<br>b<BR/>c<br />d", "a b c d"),
        ("&lt;script&gt;", "<script>"),
        # Fix Common Problems and others.
        ("<font color='purple'><b>Docker</b></font> &amp; <a href='/Main'>Main</a>", "Docker & Main"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("a < b > c <name> <3 <body", "a < b > c <name> <3 <body"),
        # unraid/api#1770.
        ("element=1:-1 #5", "element=1:-1 #5"),
        ("a\x1b[31mb\x00c\td", "a [31mb c d"),
        ("  a   b  ", "a b"),
        ("x" * 300, "x" * 199 + "…"),
        ("&#xD800;&#1114112;", "\ufffd\ufffd"),
    ],
)
def test_texts_are_plain(text, plain):
    """HTML, control characters and excess are removed; plain text remains."""
    assert item(subject=text).subject == plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ALDER_NAS160K-7E2100_QRS81A2B (sdd)", "ALDER_NAS160K-7E2100_1A2B (sdd)"),
        ("BIRCH_NV990_PRO_2TB_S6B0NL0W127373 (nvme0n1)", "BIRCH_NV990_PRO_2TB_7373 (nvme0n1)"),
        ("Disk 3 is hot (47 C)", "Disk 3 is hot (47 C)"),
        ("Drive ALDER_NAS160K-7E2100_QRS81A2B, hot", "Drive ALDER_NAS160K-7E2100_1A2B, hot"),
        ("'ROWAN_RD80EFGX-4AB81_VAGX1A2B'.", "'ROWAN_RD80EFGX-4AB81_1A2B'."),
        ("It is ROWAN_RD80EFGX-4AB81_VAGX1A2B.", "It is ROWAN_RD80EFGX-4AB81_1A2B."),
        ("ALDER8000N_ZL2ABCDE_35000c500abcd1234 is gone", "ALDER8000N_BCDE is gone"),
        ("ALDER_NAS160K-7E2100 and WDC_WD80EFAX", "ALDER_NAS160K-7E2100 and WDC_WD80EFAX"),
        ("BACKUP2_2026-11-30 of /mnt/disk1_OLD12345", "BACKUP2_2026-11-30 of /mnt/disk1_OLD12345"),
        ("No device identification (sdd)", "No device identification (sdd)"),
    ],
)
def test_drives_that_are_long_gone(text, shown):
    """A drive named in the monitor's form, or by a whole id, is cut even if no state file knows it any more."""
    assert item(description=text).description == shown


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("1750028400", "2025-06-15T23:00:00Z"),
        ("", "1970-01-01T00:00:00Z"),
        ("soon", "1970-01-01T00:00:00Z"),
        ("-5", "1970-01-01T00:00:00Z"),
        ("9" * 30, "1970-01-01T00:00:00Z"),
        ("99999999999", "5138-11-16T09:46:39Z"),
    ],
)
def test_times(timestamp, at):
    """The notification's own time, else its file's."""
    assert item(timestamp=timestamp).at == at


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "/tmp/notifications"),
        ('[notify]\ndate="d-m-Y"\n', "/tmp/notifications"),
        (
            '[notify]\npath="/boot/config/plugins/dynamix/notifications"\n',
            "/boot/config/plugins/dynamix/notifications",
        ),
        ('[display]\npath="/x"\n', "/tmp/notifications"),
        ('[notify]\npath=""\n', "/tmp/notifications"),
        ('[notify]\npath="/mnt/user/system"\n', None),
        ('[notify]\npath="/mnt"\n', None),
        ('[notify]\npath="/tmp/../mnt/disk1"\n', None),
        ('[notify]\npath="//mnt/user/system"\n', None),
        ('[notify]\npath="/./mnt/user/system"\n', None),
        ('[notify]\npath="/"\n', None),
        ('[notify]\npath="/tmp/a\0b"\n', None),
        ('[notify]\npath="/mntfoo/x"\n', "/mntfoo/x"),
        ('[notify]\npath="notifications"\n', None),
    ],
)
def test_the_folder(text, path):
    """The user's own, /tmp by default; no folder below /mnt is ever opened."""
    assert parse_path(text) == path


def test_ids():
    """Every drive that emhttpd knows, wherever it is."""
    disks = '["disk1"]\nid="A_1"\nidSb="B_2"\n["disk2"]\nid=""\n'

    assert ids_in((disks, '["dev1"]\nid="C_3"\n', "")) == ["A_1", "B_2", "C_3"]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "a " * 50_000,
        "(sd" * 30_000,
        "&" * 100_000,
        "<br" * 30_000,
        "<b " * 30_000,
        "\\" * 90_000,
        '\\"' * 50_000,
    ],
)
def test_long_texts_are_quick(text):
    """Time grows linearly with the length: each of these takes a moment."""
    notification = parse_given(f"subject={text}\ndescription={text}\n")
    item_from("x", notification, unread=True, written_at=0.0, mask=lambda each: each)
