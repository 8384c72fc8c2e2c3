"""The dashboard at ``/`` in real Chromium, with a real daemon process."""

import asyncio
import hashlib
import itertools
import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.array_writer import ArrayTexts, Resync, array, disk, nvme, parity, pool

from .browser import Browser, Page
from .containers import lead_lives
from .daemon import Daemon
from .dockerd import Dockerd
from .made_page import WITHOUT_DATA
from .programs import until

WIDTHS = (320, 390, 820, 1280, 1920)
LIMIT = 120_000
"""Bytes of the page with all its modules, as they are transferred."""

AN_HOUR_OF_HISTORY = (
    WITHOUT_DATA
    + """
const { fetch } = window;
const times = Array.from({ length: 720 }, (_, index) => Math.floor(Date.now() / 1000) - 5 * (720 - index));
const rates = ["read_bytes_per_sec", "write_bytes_per_sec", "bytes_recv_per_sec", "bytes_sent_per_sec"];
const history = { timestamp: times };
["cpu_percent", "memory_percent", ...rates].forEach((name) => (history[name] = times.map(() => 42)));
window.fetch = async (url, ...rest) => url.endsWith("/history") ? Response.json(history) : fetch(url, ...rest);
"""
)
"""A daemon that has run for an hour, as far as the history's address tells."""

NOTED_REQUESTS = """
window.asked = [];
const { fetch, WebSocket } = window;
const shown = () => {
    const boxes = [...document.querySelectorAll("section:not([hidden])[data-stream]")];
    return [...new Set(boxes.map(({ dataset }) => dataset.stream))];
};
const note = (url) => {
    window.unasked ??= shown();
    window.asked.push(String(url).split("/api/v1/")[1]);
};
window.fetch = (url, ...rest) => {
    note(url);
    return fetch(url, ...rest);
};
window.WebSocket = class extends WebSocket {
    constructor(url, ...rest) {
        note(url);
        super(url, ...rest);
    }
};
new MutationObserver((_, observer) => {
    if (shown().length > 0) {
        observer.disconnect();
        window.first = { shown: shown(), asked: [...window.asked] };
    }
}).observe(document, { subtree: true, childList: true, attributes: true });
window.moved = 0;
const move = ({ value }) => (window.moved += value);
new PerformanceObserver((list) => list.getEntries().forEach(move)).observe({ type: "layout-shift", buffered: true });
"""
"""``first`` is what the first picture shows, and what was asked for until then; ``unasked`` is what is shown before any
request; ``moved`` sums up layout shifts.
"""

LATE_STORAGE = (
    WITHOUT_DATA
    + """
const { WebSocket, setTimeout } = window;
window.WebSocket = class extends WebSocket {
    set onmessage(listener) {
        const isLate = ({ data }) => data.includes('"type":"message","stream":"storage/status"');
        const wait = (event) => LATE !== null && setTimeout(() => listener(event), LATE);
        const hear = (event) => (isLate(event) ? wait : listener)(event);
        super.onmessage = listener && hear;
    }
};
window.setTimeout = (callback, delay, ...rest) =>
    delay === 250 ? setTimeout(() => IS_PATIENT || callback()) : setTimeout(callback, delay, ...rest);
const { clearRect } = CanvasRenderingContext2D.prototype;
const drawn = new Map();
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    drawn.set(this.canvas, (drawn.get(this.canvas) ?? 0) + 1);
    clearRect.apply(this, box);
};
const look = () => {
    const shown = [...document.querySelectorAll("section:not([hidden])")].map(({ dataset }) => dataset.stream);
    window.first = shown.length > 0 ? { shown: [...new Set(shown)], drawn: [...drawn.values()] } : null;
    window.first ?? requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
)
"""A page to whom the storage comes LATE ms later, or never, and whose time to wait does not end, or is over at once.

``first`` is what the first picture shows, and how often each chart has been drawn for it.
"""

CANVAS = "document.querySelector('.uma-chart canvas')"
OVER = "document.querySelector('.uma-chart .u-over')"
INKED = """(chart) => {
    const canvas = chart.querySelector("canvas").cloneNode();
    // A separate copy is read: Chromium warns about reading the page's own, which is for painting.
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(chart.querySelector("canvas"), 0, 0);
    const wanted = getComputedStyle(document.querySelector(".uma-ink")).color.match(/\\d+/g).map(Number);
    const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
    const columns = new Set();
    for (let pixel = 0; pixel < data.length / 4; pixel += 1) {
        if (data[4 * pixel + 3] > 200 && wanted.every((value, part) => Math.abs(data[4 * pixel + part] - value) < 40)) {
            columns.add(pixel % width);
        }
    }
    return [...columns];
}"""
"""The columns of a chart's pixels in which its line is."""

MOMENT = "document.querySelector('.uma-tiles').dataset.moment"

POINT = (
    "(() => {{ const box = document.querySelector('.uma-chart .u-over').getBoundingClientRect();"
    " document.querySelector('.uma-chart .u-over').dispatchEvent(new MouseEvent('mousemove',"
    " {{ clientX: box.left + {x} * box.width, clientY: box.top + 20, bubbles: true }})); }})()"
)
"""Puts the pointer on the first chart."""

HIDEABLE = """
let state = "visible";
Object.defineProperty(document, "visibilityState", { get: () => state });
window.hide = (isHidden) => {
    state = isHidden ? "hidden" : "visible";
    document.dispatchEvent(new Event("visibilitychange"));
};
"""
"""Headless Chromium shows every tab: this one shows what a test sets."""

NETWORK_ERRORS = (
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_CONNECTION_RESET",
    "net::ERR_EMPTY_RESPONSE",
    "net::ERR_INTERNET_DISCONNECTED",
    "closed before receiving a handshake response",
)
"""Chromium's console text for a request without an answer; no page can prevent it."""

KIND = "document.querySelector('uma-dashboard').dataset.kind"
BADGE = "document.querySelector('header .uma-live').textContent"
BANNER = "document.querySelector('.uma-banner').hidden ? '' : document.querySelector('.uma-banner p').textContent"
ANNOUNCED = "document.querySelector('[role=status]').textContent"
FRESHNESS = (
    "[document.querySelector('.uma-tiles'), ...document.querySelectorAll('.uma-panel:not([hidden])')]"
    ".map((part) => part.dataset.freshness)"
)
MARKS = (
    "[...document.querySelectorAll('.uma-mark')].filter((mark) => mark.offsetParent).map((mark) => mark.textContent)"
)
READINGS = "[...document.querySelectorAll('.uma-value b')].map((reading) => reading.textContent)"
ROWS = "[...document.querySelectorAll('.uma-panel .uma-disks .uma-name')].map((name) => name.textContent)"
BADGES = (
    "[...document.querySelectorAll('.uma-section-head .uma-badge')]"
    ".filter((badge) => badge.offsetParent).map((badge) => badge.textContent)"
)
EVENTS = "[...document.querySelectorAll('.uma-events .uma-word')].map((word) => word.textContent)"


@pytest.fixture
def tower(tower_of_the_file: Path) -> Path:
    """The host tree of the file's daemon."""
    return tower_of_the_file


@pytest.fixture
def daemon(restored_daemon: Daemon) -> Daemon:
    """The file's daemon, which a test may stop, and whose tower it may change."""
    return restored_daemon


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the dashboard of a daemon. No page may write an error, except about a missing network."""
    pages: list[Page] = []

    def open_(daemon: Daemon, *, kind: str = "live", host: str = "127.0.0.1", **options: object) -> Page:
        page = browser.open(f"http://{host}:{daemon.port}/", **options)
        pages.append(page)
        page.until_evaluates(f"{KIND} === '{kind}'")
        return page

    yield open_
    complaints = [
        text
        for page in pages
        for level, text in page.console
        if level in ("error", "warning", "uncaught") and not any(error in text for error in NETWORK_ERRORS)
    ]
    for page in pages:
        page.close()
    assert complaints == []


def cell(name: str, column: str) -> str:
    """The expression for the element that shows *column* of the disk *name*."""
    row = (
        f"[...document.querySelectorAll('.uma-disks .uma-row')].find((row) => row.children[1].textContent === '{name}')"
    )
    return f"{row}?.querySelector('.uma-cell-{column} > span')"


def write_array(tower: Path, texts: ArrayTexts) -> None:
    """Write the state files as emhttpd does, the second one in the end."""
    folder = tower / "var/local/emhttp"
    for name in ("devs", "disks", "var"):
        (folder / f"{name}.ini").write_text(getattr(texts, name))


def heat(tower: Path, section: str, temperature: int) -> None:
    """Rewrite disks.ini with another temperature of one disk."""
    path = tower / "var/local/emhttp/disks.ini"
    head, mark, tail = path.read_text().partition(f'["{section}"]')
    path.write_text(head + mark + re.sub(r'^temp=".*"$', f'temp="{temperature}"', tail, count=1, flags=re.MULTILINE))


def look_at_health(page: Page) -> None:
    """Make the page look at health now, as it does every 10 s, and wait until it has."""
    asked = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/health')).length"
    before = page.evaluate(asked)
    page.evaluate("void window.dispatchEvent(new Event('online'))")
    page.until_evaluates(f"{asked} > {before}")


@pytest.mark.smoke
def test_the_page_shows_the_daemons_values(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """The first paint has every number and disk of the newest messages, and the title is the server's name."""
    page = open_page(steady_daemon)
    data = steady_daemon.newest("storage/status")["data"]
    devices = [
        *data["parity_disks"],
        *data["disks"],
        *data["cache_disks"],
        *data["unassigned"],
    ]

    rows = page.evaluate(ROWS)
    assert [row.replace(" ", "").lower() for row in rows] == [device["name"] for device in devices]
    assert all(re.search(r"\d", reading) for reading in page.evaluate(READINGS))
    assert len(page.evaluate(READINGS)) >= 6
    assert page.evaluate(BADGES)[0] == "Protected"
    assert "Flash" in page.evaluate("document.querySelector('.uma-foot').textContent")
    page.until_evaluates("/^(\\(\\d+\\) )?Tower · UMA$/.test(document.title)")
    assert page.evaluate(cell("Disk 1", "temperature") + ".textContent") == "35\u00a0°C"
    assert page.evaluate(cell("Disk 1", "usage") + ".textContent") == "13.9\u00a0TB of 16\u00a0TB"
    assert page.evaluate(cell("Disk 1", "free") + ".textContent") == "2.08\u00a0TB free"
    assert page.evaluate(BANNER) == ""


def late_storage(milliseconds: int | None, *, is_patient: bool) -> str:
    """Return the script that delays storage's answer by *milliseconds*."""
    return LATE_STORAGE.replace("IS_PATIENT", json.dumps(is_patient)).replace("LATE", json.dumps(milliseconds))


def has_first_picture(daemon: Daemon) -> bool:
    """Return True if the daemon has all that the first picture shows."""
    wanted = ("server/info", "server/summary", "storage/status", "system/stats", "docker/containers")
    return all(daemon.health()["streams"][name]["last_message_at"] for name in wanted)


def test_the_first_picture_needs_no_request(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """The page contains its first data; its socket continues after them, and no part moves."""
    until(lambda: has_first_picture(steady_daemon), 20)
    page = open_page(steady_daemon, init=NOTED_REQUESTS)
    first = page.until_evaluates("window.first")
    assert first["shown"] == ["storage/status"]
    assert first["asked"] == []
    # The other boxes come with the next frame, from the same data.
    assert set(page.until_evaluates("window.unasked")) >= {"storage/status", "docker/containers", "docker/events"}
    assert all(re.search(r"\d", reading) for reading in page.evaluate(READINGS))
    page.until_evaluates(f"{KIND} === 'live'")
    assert not [path for path in page.evaluate("window.asked") if "events" in path or "stats" in path]
    assert page.evaluate("window.moved") < 0.1


LATE_FRAMES = "requestAnimationFrame = ((frame) => (run) => setTimeout(() => frame(run), 200))(requestAnimationFrame)"
"""A page is loaded before its second frame, as on a slow machine."""


def test_a_reload_keeps_the_place(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """After a reload the page is scrolled to where it was: its whole height is there at once."""
    until(lambda: has_first_picture(steady_daemon), 20)
    page = open_page(steady_daemon, init=LATE_FRAMES, viewport={"width": 390, "height": 300})
    page.until_evaluates("document.querySelector('#panel-events:not([hidden])')")
    page.evaluate("void document.getElementById('panel-events').scrollIntoView()")
    place = page.until_evaluates("scrollY")
    page.reload()
    # Boxes whose first data came between both loads change the height.
    page.until_evaluates(f"{KIND} === 'live' && scrollY > {place / 2}")


def test_the_first_picture_is_a_whole_one(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """No part moves after the first paint: everything appears together, each chart drawn once."""
    page = open_page(steady_daemon, init=late_storage(400, is_patient=True))
    first = page.until_evaluates("window.first")
    assert set(first["shown"]) >= {"storage/status", "docker/events"}
    assert first["drawn"] == [1, 1, 1, 1]


def test_the_first_picture_does_not_wait_for_ever(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """If one part does not come, the others are shown."""
    page = open_page(steady_daemon, kind="connecting", init=late_storage(None, is_patient=False))
    first = page.until_evaluates("window.first && document.querySelector('.uma-chart canvas') && window.first")
    assert "storage/status" not in first["shown"]
    assert all(re.search(r"\d", reading) for reading in page.evaluate(READINGS))


@pytest.mark.parametrize("path", ["", "fleet"])
def test_without_javascript_the_window_says_so(steady_daemon: Daemon, browser: Browser, path: str) -> None:
    """A browser without JavaScript shows the reason at once, not below an empty window."""
    page = browser.open(f"http://{steady_daemon.server}/{path}", javaScriptEnabled=False)
    box = page.evaluate(
        "(({ top, height }) => [top, height])(document.querySelector('noscript p').getBoundingClientRect())"
    )
    page.close()
    assert box[0] < 100
    assert box[1] > 0


def test_draws_the_hour_before(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """The lines are full from the kept history at once, not only from messages since the page was opened."""
    page = open_page(steady_daemon, init=AN_HOUR_OF_HISTORY)
    page.until_evaluates("document.querySelectorAll('.uma-chart canvas').length === 4")
    # All that has the colour of the line, from left to right.
    page.until_evaluates(f"(({INKED})(document.querySelector('.uma-chart'))).length > 0.97 * {CANVAS}.width")
    label = page.evaluate("document.querySelector('.uma-chart').getAttribute('aria-label')")
    assert re.fullmatch(r"CPU, the last hour: now [\d.]+%, at most (42\.0|[4-9]\d\.\d|100\.0)%", label)


def test_a_moment_is_looked_at_in_all_charts(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """Under the pointer each chart shows the values of that moment, with its time; away from it, the current ones."""
    page = open_page(steady_daemon, init=AN_HOUR_OF_HISTORY)
    assert page.evaluate(f"{OVER} === null")
    # What a pointer needs is loaded when there is one.
    page.evaluate("document.querySelector('.uma-chart').dispatchEvent(new PointerEvent('pointerover'))")
    page.until_evaluates("document.querySelectorAll('.uma-chart .u-over').length === 4")
    page.evaluate(POINT.format(x=0.5))
    page.until_evaluates(
        f"{READINGS}[0] === '42.0%' && {READINGS}[1] === '42.0%' && {READINGS}[2] === '↓\u00a0336 ↑\u00a0336'"
    )
    assert ":" in page.evaluate(MOMENT)
    # Figures without a history are not shown beside those of another time.
    assert page.evaluate("document.querySelectorAll('.uma-tile h2 small')[1].textContent") == ""
    page.evaluate(f"void {OVER}.dispatchEvent(new MouseEvent('mouseleave'))")
    page.until_evaluates(f"{MOMENT} === undefined")


def test_is_small_and_from_here_only(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """Everything comes from the daemon itself, stays small, and is not loaded again by the next visit."""
    page = open_page(steady_daemon)
    loaded = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map(({ name, encodedBodySize }) => [name, encodedBodySize])"
    )
    assert all(name.startswith(f"http://{steady_daemon.server}/") for name, _ in loaded)
    size = sum(size for name, size in loaded if "/api/" not in name)
    assert 20_000 < size < LIMIT
    page.reload()
    page.until_evaluates(f"{KIND} === 'live'")
    assert (
        page.evaluate(
            "performance.getEntriesByType('resource').filter(({ name, transferSize }) =>"
            " name.includes('/dashboard/') && transferSize > 0).map(({ name }) => name)"
        )
        == []
    )


def test_a_disk_that_heats_up(daemon: Daemon, tower: Path, open_page: Callable[..., Page]) -> None:
    """A temperature above the thresholds shows within 2 s, in words and in another colour."""
    page = open_page(daemon)
    usual = page.evaluate(f"getComputedStyle({cell('Disk 1', 'temperature')}).color")
    for temperature, word in ((48, "hot"), (57, "critical")):
        heat(tower, "disk1", temperature)
        text = f"{temperature}\\u00a0°C {word}"
        page.until_evaluates(f"{cell('Disk 1', 'temperature')}.textContent === '{text}'", 2)
        assert page.evaluate(f"getComputedStyle({cell('Disk 1', 'temperature')}).color") != usual
    heat(tower, "disk1", 35)
    page.until_evaluates(f"{cell('Disk 1', 'temperature')}.textContent === '35\\u00a0°C'", 2)


def test_a_daemon_that_is_killed_and_started(daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """The page reports the loss, greys out and dates its data, and is live again by itself."""
    page = open_page(daemon)
    colour = page.evaluate("getComputedStyle(document.querySelector('.uma-value b')).color")
    page.evaluate("void (window.stillHere = true)")
    with daemon.program:
        daemon.program.signal(signal.SIGKILL)
        daemon.program.wait()

    page.until_evaluates(f"{KIND} === 'reconnecting'")
    page.until_evaluates(f"/^Reconnecting in \\d+ s$/.test({BADGE})")
    page.until_evaluates(f'({BANNER}) === "Can\'t reach UMA at {daemon.server}. Retrying."')
    assert set(page.evaluate(FRESHNESS)) == {"stale"}
    assert all(mark.startswith("as of ") for mark in page.evaluate(MARKS))
    assert page.evaluate("getComputedStyle(document.querySelector('.uma-value b')).color") != colour
    assert page.evaluate("document.title").startswith("Reconnecting… · ")

    daemon.start()
    page.until_evaluates(f"{KIND} === 'live'", 20)
    assert set(page.evaluate(MARKS)) == {"Docker is stopped. Settings → Docker."}
    assert page.evaluate("getComputedStyle(document.querySelector('.uma-value b')).color") == colour
    assert page.evaluate("window.stillHere") is True


def test_a_countdown_is_not_announced(daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """Assistive technology announces the loss and the return of the connection, not each second in between."""
    page = open_page(daemon)
    page.until_evaluates(f"/^Live\\..*Array: Started, Protected$/.test({ANNOUNCED})")
    page.evaluate(
        "void (window.heard = [], window.announcer = document.querySelector('[role=status]'),"
        " new MutationObserver(() => heard.push(announcer.textContent))"
        ".observe(announcer, { childList: true, characterData: true, subtree: true }))"
    )
    daemon.stop()
    page.until_evaluates(f"({BANNER}).includes('reach UMA')")
    page.until_evaluates(f"{BADGE} === 'Reconnecting in 1 s'", 20)
    daemon.start()
    page.until_evaluates(f"{KIND} === 'live'", 20)
    # The number of findings can still change before the loss.
    heard = list(itertools.dropwhile(lambda text: text.startswith("Live."), page.evaluate("heard")))
    verdict = r"(?:\d+ \w+(?:, \d+ \w+)*\. )?"
    assert re.fullmatch(rf"Reconnecting\. UMA closed the connection\. {verdict}Array: Started, Protected", heard[0])
    assert re.fullmatch(rf"Live\.  {verdict}Array: Started, Protected", heard[-1])
    # The findings can change with the connection; whatever is announced, it has no countdown.
    states = {re.sub(verdict + "Array: .*", "", text) for text in heard}
    assert len(states) <= 3, heard


def test_offline_and_online(make_daemon: Callable[..., Daemon], open_page: Callable[..., Page]) -> None:
    """Without network the page says so at once, and is live as soon as the network is back."""
    daemon = make_daemon(port_from_file=True)
    daemon.configure(BIND="127.0.0.1 127.0.0.2", PORT=daemon.port)
    daemon.start()
    # At 127.0.0.1 the page knows that it needs no network.
    page = open_page(daemon, host="127.0.0.2")
    has_network = page.evaluate("navigator.onLine")
    page.go_offline()
    page.until_evaluates(f"{KIND} === 'offline'")
    assert page.evaluate(BADGE) == "Offline"
    page.go_offline(False)
    # A machine without a network of its own never says that it is back.
    page.until_evaluates(f"{KIND} === 'live'", 3 if has_network else 60)


def test_a_page_that_slept(daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """After a laptop's sleep and a restart of the daemon the page is live again by itself."""
    page = open_page(daemon)
    page.freeze()
    daemon.stop()
    daemon.start()
    page.freeze(False)
    page.until_evaluates(f"{KIND} === 'live'", 25)
    assert set(page.evaluate(FRESHNESS)) <= {"live", "off"}


def test_a_hidden_tab(daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """A tab that is shown again reconnects at once, not at its next attempt."""
    page = open_page(daemon, init=HIDEABLE)
    page.evaluate("hide(true)")
    daemon.stop()
    page.until_evaluates(f"/Reconnecting in ([89]|1\\d) s/.test({BADGE})", 40)
    daemon.start()
    page.evaluate("hide(false)")
    page.until_evaluates(f"{KIND} === 'live'", 3)


def test_a_frozen_daemon(daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """A daemon that hangs with open connections is detected by its silence, and found again."""
    page = open_page(daemon)
    daemon.program.signal(signal.SIGSTOP)
    try:
        page.until_evaluates(f"{KIND} === 'reconnecting'", 30)
    finally:
        daemon.program.signal(signal.SIGCONT)
    page.until_evaluates(f"{KIND} === 'live'", 30)


def test_containers(make_daemon: Callable[..., Daemon], dockerd: Dockerd, open_page: Callable[..., Page]) -> None:
    """Docker's events appear as they happen, newest first, each once, including those from before the page."""
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    daemon.until_source("docker", "ok")
    asyncio.run(lead_lives(dockerd, ["before"]))
    until(lambda: len(daemon.get("/api/v1/docker/events")) == 4, what="the life of a container")
    page = open_page(daemon)
    life = ["Removed", "Exited", "Started", "Created"]
    page.until_evaluates(f"JSON.stringify({EVENTS}) === '{as_json(life)}'")
    assert page.evaluate(MARKS) == []

    asyncio.run(lead_lives(dockerd, ["after"]))
    page.until_evaluates(f"JSON.stringify({EVENTS}) === '{as_json(life + life)}'", 5)
    assert page.evaluate("document.querySelector('.uma-events li b').textContent") == "after"

    dockerd.stop()
    daemon.until_source("docker", "unavailable")
    look_at_health(page)
    page.until_evaluates(f"{MARKS}.includes('Docker is stopped. Settings → Docker.')")
    assert page.evaluate(KIND) == "live"


def as_json(words: list[str]) -> str:
    """The words as JSON.stringify writes them."""
    return "[" + ",".join(f'"{word}"' for word in words) + "]"


def test_a_degraded_array_with_a_check(daemon: Daemon, tower: Path, open_page: Callable[..., Page]) -> None:
    """Failed and missing disks, errors and a running operation are shown in words, with progress."""
    page = open_page(daemon)
    disks = [disk(), disk(status="DISK_DSBL", errors=112, temp="41"), disk(status="DISK_NP_MISSING", used=None)]
    write_array(tower, array(parity=2, disks=disks, resync=Resync("check P Q", share=0.423, errors=3)))

    page.until_evaluates(f"{BADGES}.includes('Degraded')")
    assert page.evaluate(cell("Disk 2", "state") + ".textContent") == "Disabled"
    assert page.evaluate(cell("Disk 2", "health") + ".textContent") == "✕ Disabled, 112 errors"
    assert page.evaluate(cell("Disk 2", "health") + ".dataset.tone") == "bad"
    assert page.evaluate(cell("Disk 3", "state") + ".textContent") == "Missing"
    bar = "document.querySelector('[role=progressbar]')"
    assert page.evaluate(f"{bar}.getAttribute('aria-valuenow')") == "42"
    assert page.evaluate(f"{bar}.getAttribute('aria-label')") == "Parity check"
    assert page.evaluate(f"{bar}.hidden") is False
    assert "42.3% · 150\u00a0MB/s · " in page.evaluate(f"{bar}.previousElementSibling.textContent")
    assert "Array: Started, Degraded" in page.evaluate(ANNOUNCED)


def test_files_that_vanish(daemon: Daemon, tower: Path, open_page: Callable[..., Page]) -> None:
    """While the state files can't be read the storage part is stale, with the daemon's reason; the system
    stays live.
    """
    page = open_page(daemon)
    path = tower / "var/local/emhttp/disks.ini"
    text = path.read_text()
    path.unlink()
    until(lambda: daemon.health()["sources"]["storage"]["status"] == "failed")
    look_at_health(page)
    page.until_evaluates(f"{KIND} === 'stale'")
    assert page.evaluate(BADGE).startswith("Stale: Storage, since ")
    assert page.evaluate(BANNER).startswith("Storage: disks.ini is missing")
    assert page.evaluate("document.querySelector('.uma-tiles').dataset.freshness") == "live"
    path.write_text(text)
    until(lambda: daemon.health()["sources"]["storage"]["status"] == "ok")
    look_at_health(page)
    page.until_evaluates(f"{KIND} === 'live'")


def test_names_are_text(daemon: Daemon, tower: Path, open_page: Callable[..., Page]) -> None:
    """Markup in a model's name is shown as text, never run."""
    page = open_page(daemon)
    model = "<img src=x onerror=alert(1)>"
    write_array(tower, array(disks=[disk(model=model), disk()]))
    page.evaluate("void (location.hash = '#disk/disk1')")
    page.until_evaluates("document.querySelector('dialog[open]')?.textContent.includes('<img src=x')")
    assert page.evaluate("document.querySelectorAll('uma-dashboard img').length") == 0


def test_a_token(make_daemon: Callable[..., Daemon], open_page: Callable[..., Page]) -> None:
    """The page asks for the token, refuses a wrong one, and keeps the right one for its tab only."""
    daemon = make_daemon()
    daemon.configure(TOKEN_SHA256=hashlib.sha256(b"open-sesame").hexdigest())
    daemon.start()
    until(lambda: daemon.health_by("open-sesame")["streams"]["server/info"]["messages"], 20, what="the server's name")
    page = open_page(daemon, kind="locked")
    page.until_evaluates("document.querySelector('h1').textContent === 'Tower'")
    assert page.evaluate("document.activeElement.id") == "uma-token"
    enter = "void (document.getElementById('uma-token').value = {!r}, document.querySelector('form').requestSubmit())"
    page.evaluate(enter.format("no such thing"))
    assert "can't contain spaces" in page.evaluate("document.getElementById('uma-help').textContent")
    assert page.evaluate("document.getElementById('uma-token').getAttribute('aria-invalid')") == "true"
    page.evaluate(enter.format("open-barley"))
    page.until_evaluates("document.getElementById('uma-help').textContent.startsWith('Wrong token. Create one')")
    page.evaluate(enter.format("open-sesame"))
    page.until_evaluates(f"{KIND} === 'live'")
    assert page.evaluate("document.querySelector('form').hidden") is True
    page.reload()
    page.until_evaluates(f"{KIND} === 'live'")
    assert page.evaluate("localStorage.length + document.cookie.length") == 0
    refused = [text for text in page.said("error") if "401 (Unauthorized)" in text]
    # Health and the list of feeds, without a token and with the wrong one.
    assert len(refused) == 4
    page.console.clear()


def test_a_stream_that_is_switched_off(make_daemon: Callable[..., Daemon], open_page: Callable[..., Page]) -> None:
    """A disabled feed shows its setting; the rest is live, and no request is repeated."""
    daemon = make_daemon()
    daemon.configure(DOCKER_EVENTS="no")
    daemon.start()
    page = open_page(daemon)
    page.until_evaluates(f"{MARKS}[0] === 'Docker/events is switched off by the setting DOCKER_EVENTS=no.'")
    look_at_health(page)
    assert page.console == []


def test_docker_events_are_filtered(
    make_daemon: Callable[..., Daemon], dockerd: Dockerd, open_page: Callable[..., Page]
) -> None:
    """The filter keeps events with all its words, shows how many of how many, and applies to later ones too."""
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    daemon.until_source("docker", "ok")
    asyncio.run(lead_lives(dockerd, ["alpha", "beta"]))
    until(lambda: len(daemon.get("/api/v1/docker/events")) == 8, what="two lives")
    page = open_page(daemon)
    page.until_evaluates("document.querySelectorAll('.uma-events .uma-word').length === 8")
    filter_ = "document.querySelector('.uma-filter input')"
    page.evaluate(f"void ({filter_}.value = 'beta exit', {filter_}.dispatchEvent(new Event('input')))")
    names = "[...document.querySelectorAll('.uma-events li b')].map((name) => name.textContent)"
    assert page.evaluate(names) == ["beta"]
    assert page.evaluate("document.querySelector('.uma-filter small').textContent") == "1 of 8"
    asyncio.run(lead_lives(dockerd, ["beta"]))
    page.until_evaluates(f"{names}.length === 2")
    page.evaluate(f"void ({filter_}.value = 'nothing', {filter_}.dispatchEvent(new Event('input')))")
    assert page.evaluate("document.querySelector('.uma-docker > p').textContent") == "No matching events."
    assert page.inaccessible() == []


def test_accessible_in_every_state(daemon: Daemon, tower: Path, open_page: Callable[..., Page]) -> None:
    """axe finds no fault: light and dark, narrow and wide, live, reconnecting and before the first data."""
    disks = [disk(temp="48"), disk(temp="57", errors=3), disk(status="DISK_DSBL"), disk(status="DISK_NP_MISSING")]
    write_array(tower, array(parity=[parity("18TB")], disks=disks, resync=Resync("check P", share=0.42, errors=3)))
    pages = [open_page(daemon, colorScheme=scheme, init=AN_HOUR_OF_HISTORY) for scheme in ("light", "dark")]
    for page in pages:
        page.until_evaluates(f"{ROWS}.includes('Disk 4')")
        for width in (390, 1280):
            page.resize(width, 900)
            assert page.inaccessible() == []
    daemon.stop()
    for page in pages:
        page.until_evaluates(f"({BANNER}).includes('reach UMA')", 20)
        assert page.inaccessible() == []


def test_nothing_glides(steady_daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """No part of the page is animated: animations help no reader, and were four fifths of an open tab's cost."""
    page = open_page(steady_daemon)
    page.until_evaluates(f"{KIND} === 'live' && {ROWS}.length > 0")
    moving = page.evaluate(
        "[...document.querySelectorAll('uma-dashboard *')].flatMap((node) => [null, '::before'].map((part) =>"
        " getComputedStyle(node, part))).filter((style) => parseFloat(style.transitionDuration) > 0 ||"
        " style.animationName !== 'none').length"
    )
    assert moving == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width(daemon: Daemon, tower: Path, open_page: Callable[..., Page], tmp_path: Path, scheme: str) -> None:
    """With 30 disks nothing is cut off sideways from 320 to 1920 pixels, and it stays one table."""
    names = ["8TB", "12TB", "18TB"]
    disks = [disk(names[number % 3], f"{number % 7 + 0.53}TB", spun_down=number % 4 == 0) for number in range(28)]
    write_array(
        tower, array(parity=[parity("18TB"), parity("18TB")], disks=disks, pools=[pool("cache", nvme(), nvme())])
    )
    page = open_page(daemon, colorScheme=scheme)
    page.until_evaluates(f"{ROWS}.includes('Disk 28')")
    for width in WIDTHS:
        page.resize(width, 900)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            "[...document.querySelectorAll('main :is(p, h1, h2, h3, td, th, dl, span, b)')].filter((node) =>"
            " !node.closest('.uma-unseen') && node.getBoundingClientRect().right > innerWidth + 0.5)"
            ".map((node) => node.textContent)"
        )
        assert wide == []
        page.screenshot(tmp_path / f"{scheme}-{width}.png")
    roles = page.evaluate(
        "[...document.querySelectorAll('[role=table] [role]')].map((node) => node.getAttribute('role'))"
    )
    assert {"row", "cell", "columnheader", "rowheader", "rowgroup"} <= set(roles)
