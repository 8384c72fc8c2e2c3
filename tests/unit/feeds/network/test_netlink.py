"""Link messages. The real kernel's are in tests/integration/test_network.py."""

import struct

from uma.feeds.network.netlink import RTM_DELLINK, RTM_NEWLINK, LinkChanges, parse_messages


def message(name, *, kind=RTM_NEWLINK, index=2, flags=0x1043, carrier=1, operstate=6):
    attributes = b"".join(
        struct.pack("=HH", 4 + len(value), attribute) + value + b"\0" * (-len(value) % 4)
        for attribute, value in ((3, name + b"\0"), (33, bytes([carrier])), (16, bytes([operstate])), (99, b"x" * 50))
    )
    body = struct.pack("=BBHiII", 0, 0, 1, index, flags, 0) + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


class Nudges:
    def __init__(self):
        self.count = 0
        self.changes = LinkChanges(self._changed)

    def _changed(self):
        self.count += 1

    def after(self, *messages):
        before = self.count
        self.changes.take(b"".join(messages))
        return self.count - before


def test_a_message_is_a_link():
    """It has index, name, and the compared parts."""
    (found,) = parse_messages(message(b"eth0", index=7))

    assert (found.index, found.name, found.is_gone) == (7, "eth0", False)


def test_a_change_nudges_once():
    """The kernel repeats messages; only another state counts."""
    nudges = Nudges()

    assert nudges.after(message(b"eth0"), message(b"eth0")) == 1
    assert nudges.after(message(b"eth0")) == 0
    assert nudges.after(message(b"eth0", carrier=0)) == 1
    assert nudges.after(message(b"eth0", carrier=0, flags=0x1002)) == 1
    assert nudges.after(message(b"eth0", kind=RTM_DELLINK)) == 1
    assert nudges.after(message(b"eth0", carrier=0, flags=0x1002)) == 1


def test_a_renamed_link_is_news():
    """Its index stays."""
    nudges = Nudges()
    nudges.after(message(b"eth0"))

    assert nudges.after(message(b"eth1")) == 1


def test_containers_cause_no_nudge():
    """A hundred of them come and go all day."""
    assert Nudges().after(message(b"veth0123"), message(b"veth0123", kind=RTM_DELLINK), message(b"docker0")) == 0


def test_lost_messages_are_a_change():
    """Messages that the kernel dropped nudge once, whatever they were, and nothing of before counts as known."""
    nudges = Nudges()
    nudges.after(message(b"eth0"))
    nudges.changes.lose()

    assert nudges.count == 2
    assert nudges.after(message(b"eth0")) == 1


def test_damaged_messages_are_left_out():
    """A message that is truncated anywhere, or has wrong lengths, ends the parsing without an error."""
    whole = message(b"eth0") + message(b"eth1", index=3)
    for length in range(len(whole)):
        assert len(list(parse_messages(whole[:length]))) <= 1
    assert list(parse_messages(struct.pack("=IHHII", 0, RTM_NEWLINK, 0, 0, 0) * 10)) == []
    assert list(parse_messages(struct.pack("=IHHII", 16, RTM_NEWLINK, 0, 0, 0))) == []
    assert list(parse_messages(b"\xff" * 100)) == []


def test_a_name_of_any_bytes():
    """A name is not always UTF-8."""
    (found,) = parse_messages(message(b"\xffeth"))

    assert found.name == "\ufffdeth"
