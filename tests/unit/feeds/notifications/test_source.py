"""The source of notifications on real folders."""

import pytest

from tests.supervised import supervised, until
from tests.support.notifications import dismiss, notification_text, notify
from uma.feeds.feed import Context, Demand
from uma.feeds.notifications import WANTED
from uma.feeds.notifications import source as module
from uma.feeds.notifications.model import NotificationEvent, NotificationsStatus
from uma.feeds.notifications.source import NotificationsSource
from uma.host import Host


class World:
    """A host with a folder for notifications, and the setting."""

    def __init__(self, root, wanted: str) -> None:
        self.host, self.wanted = Host(root), wanted
        self.folder = root / "tmp/notifications"
        self.settings_file = root / "boot/config/plugins/dynamix/dynamix.cfg"
        self.settings_file.parent.mkdir(parents=True)
        self.source = NotificationsSource(Context(self.host, self, lambda name: Demand(), lambda name: None), WANTED)

    def of(self, setting):
        assert setting is WANTED
        return self.wanted


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 3600.0)
    monkeypatch.setattr(module, "RESCAN_SECONDS", 3600.0)
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.05)
    return lambda wanted="counts": World(tmp_path, wanted)


def statuses(observed) -> list[NotificationsStatus]:
    return [message for message in observed.published if isinstance(message, NotificationsStatus)]


def events(observed) -> list[tuple[int, str, str]]:
    return [
        (message.seq, message.action, message.item.id)
        for message in observed.published
        if isinstance(message, NotificationEvent)
    ]


async def test_counts_follow_the_folder(make):
    """New and dismissed ones are counted at once, even if the folders were missing at first; no text is published."""
    world = make()
    async with supervised(world.source) as observed:
        await observed.until_published(1)
        notify(world.folder, "a", importance="alert")
        await until(lambda: statuses(observed)[-1].unread.alert == 1)
        dismiss(world.folder, "a")
        await until(lambda: statuses(observed)[-1].archived_total == 1)

    assert [(status.unread.total, status.archived_total) for status in statuses(observed)] == [(0, 0), (1, 0), (0, 1)]
    assert (events(observed), [status.items for status in statuses(observed)]) == ([], [(), (), ()])
    assert observed.health.detail == "0 unread, 1 archived"


async def test_those_of_a_lasting_condition(make):
    """A file in the folder of active ones is unread until it is removed, wherever the user keeps the others."""
    world = make("full")
    world.settings_file.write_text('[notify]\npath="/boot/config/plugins/dynamix/notifications"\n')
    active = world.folder / "active"
    active.mkdir(parents=True)
    async with supervised(world.source) as observed:
        await observed.until_published(1)
        (active / "gui.notify").write_text(notification_text(importance="warning") + 'persistent="true"\n')
        await until(lambda: statuses(observed)[-1].unread.warning == 1)
        (active / "gui.notify").unlink()
        await until(lambda: statuses(observed)[-1].unread.total == 0)

    assert [action for _, action, _ in events(observed)] == ["added", "removed"]


async def test_events(make):
    """With texts each change is a numbered event; earlier changes are not."""
    world = make("full")
    notify(world.folder, "old")
    async with supervised(world.source) as observed:
        await observed.until_published(1)
        notify(world.folder, "a")
        await until(lambda: len(events(observed)) == 1)
        dismiss(world.folder, "a")
        await until(lambda: len(events(observed)) == 2)
        (world.folder / "archive/a.notify").unlink()
        await until(lambda: len(events(observed)) == 3)

    assert events(observed) == [(1, "added", "a.notify"), (2, "dismissed", "a.notify"), (3, "removed", "a.notify")]
    assert [item.id for item in statuses(observed)[-1].items] == ["old.notify"]


async def test_serial_numbers_are_cut(make):
    """Serials of drives that emhttpd knows, anywhere in a text."""
    world = make("full")
    world.host.state.mkdir(parents=True)
    (world.host.state / "disks.ini").write_text('["disk3"]\nid="ALDER_NAS160K-7E2100_QRS81A2B"\n')
    notify(world.folder, "a", description="Drive QRS81A2B of ALDER_NAS160K-7E2100_QRS81A2B fails")
    async with supervised(world.source) as observed:
        await observed.until_published(1)

    (item,) = statuses(observed)[0].items
    assert item.description == "Drive 1A2B of ALDER_NAS160K-7E2100_1A2B fails"


async def test_texts_are_switched_off(make):
    """After a reload the next look publishes no text."""
    world = make("full")
    notify(world.folder, "a")
    async with supervised(world.source) as observed:
        await observed.until_published(1)
    world.wanted = "counts"
    async with supervised(world.source) as observed:
        await observed.until_published(1)
        notify(world.folder, "b")
        await until(lambda: statuses(observed)[-1].unread.total == 2)

    assert (events(observed), statuses(observed)[-1].items) == ([], ())


async def test_the_folder_moves(make):
    """The user may move notifications to the flash drive at any time; old ones there cause no event."""
    world = make("full")
    moved = world.host.root / "boot/config/plugins/dynamix/notifications"
    notify(world.folder, "a")
    notify(moved, "b")
    notify(moved, "c")
    async with supervised(world.source) as observed:
        await observed.until_published(1)
        world.settings_file.write_text('[notify]\npath="/boot/config/plugins/dynamix/notifications"\n')
        await until(lambda: statuses(observed)[-1].unread.total == 2)
        notify(moved, "d")
        await until(lambda: len(events(observed)) == 1)

    assert events(observed) == [(1, "added", "d.notify")]
    assert observed.board.history == ["ok"]


async def test_a_folder_below_mnt(make):
    """It is not opened, and health says so."""
    world = make()
    world.settings_file.write_text('[notify]\npath="/mnt/user/system"\n')
    notify(world.host.root / "mnt/user/system", "a")
    async with supervised(world.source) as observed:
        await observed.until_status("failed")

    assert observed.published == []


async def test_the_heartbeat(make, monkeypatch):
    """Without a change the same message is repeated, and the folders are not read."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.02)
    world = make()
    async with supervised(world.source) as observed:
        # The watches' own first nudges have passed by then.
        await observed.until_published(10)
        monkeypatch.setattr(module, "read_folders", None)
        await observed.until_published(20)

    assert len(set(statuses(observed))) == 1
