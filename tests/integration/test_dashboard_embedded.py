"""The dashboard in a page of the webGUI, in real Chromium: through nchan's channels, in each theme and setting."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.array_writer import Resync, array, disk, parity

from .browser import Browser, Page
from .conftest import copied_tower, making_daemons
from .daemon import Daemon
from .test_dashboard import BANNER, FRESHNESS, KIND, NETWORK_ERRORS, READINGS, ROWS, cell, heat, write_array
from .webgui import COLOURS, Webgui

PILL = "document.querySelector('.uma-head .uma-live').textContent"


SPACES = """
[["ol", "paddingLeft"], ["dl dd", "marginLeft"], ["h2", "marginTop"], [".uma-filter input", "borderRadius"]]
    .map(([name, property]) => getComputedStyle(document.querySelector(`uma-dashboard ${name}`))[property])
"""
"""Properties that the browser's own style sets otherwise."""


@pytest.fixture
def tower(tower_of_the_file: Path) -> Path:
    """The host tree of the file's daemon."""
    return tower_of_the_file


@pytest.fixture
def daemon(restored_daemon: Daemon) -> Daemon:
    """The file's daemon, which a test may stop, and whose tower it may change."""
    return restored_daemon


@contextmanager
def before(daemon: Daemon) -> Iterator[Webgui]:
    """Have a webGUI before *daemon*."""
    gui = Webgui(daemon.server)
    yield gui
    gui.close()


@pytest.fixture
def webgui(daemon: Daemon) -> Iterator[Webgui]:
    """A webGUI before the daemon."""
    with before(daemon) as gui:
        yield gui


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webgui]:
    """A webGUI before a daemon of an array with faults, for tests that change neither."""
    folder = tmp_path_factory.mktemp("troubled")
    tower = copied_tower(folder)
    disks = [
        disk(temp="48"),
        disk(temp="57", errors=3),
        disk(status="DISK_DSBL", errors=112),
        disk(status="DISK_NP_MISSING", used=None),
        disk(spun_down=True),
    ]
    write_array(tower, array(parity=[parity("18TB")], disks=disks, resync=Resync("check P", share=0.42, errors=3)))
    with making_daemons(folder, tower) as make, before(make().start()) as gui:
        yield gui


@pytest.fixture
def open_page(browser: Browser, webgui: Webgui) -> Iterator[Callable[..., Page]]:
    """Opens the page, with a theme and display settings."""
    with opening(browser, webgui) as open_:
        yield open_


@pytest.fixture
def open_troubled(browser: Browser, troubled: Webgui) -> Iterator[Callable[..., Page]]:
    """The same of the array with faults."""
    with opening(browser, troubled) as open_:
        yield open_


@contextmanager
def opening(browser: Browser, webgui: Webgui) -> Iterator[Callable[..., Page]]:
    """Open pages, closed at the end. They may have written no error, but of an absent network."""
    pages: list[Page] = []

    def open_(
        *, kind: str = "live", init: str = "", viewport: tuple[int, int] = (1280, 900), **display: object
    ) -> Page:
        width, height = viewport
        page = browser.open(webgui.url(**display), init=init, viewport={"width": width, "height": height})
        pages.append(page)
        page.until_evaluates(f"{KIND} === '{kind}'", 40)
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


def test_frames_come_by_nginx(open_page: Callable[..., Page], tower: Path) -> None:
    """The tab has its history at once and is live afterwards, without a request to the daemon's own port."""
    page = open_page()
    page.until_evaluates("document.querySelectorAll('.uma-chart canvas').length === 4")
    assert all(re.search(r"\d", reading) for reading in page.evaluate(READINGS))
    assert "Disk 1" in page.evaluate(ROWS)
    heat(tower, "disk1", 48)
    page.until_evaluates(f"{cell('Disk 1', 'temperature')}.textContent === '48\\u00a0°C hot'")
    hosts = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).host)")
    assert set(hosts) == {page.evaluate("location.host")}


def test_the_page_around_keeps_its_title_and_heading(open_troubled: Callable[..., Page]) -> None:
    """The embedded dashboard has no page header and leaves the title unchanged."""
    page = open_troubled()
    assert page.evaluate("document.title") == "Tower/Uma"
    assert page.evaluate("document.querySelectorAll('uma-dashboard :is(header, h1, main)').length") == 0
    assert page.evaluate(PILL) == "Live"


def test_settings_are_the_users(open_page: Callable[..., Page], tower: Path) -> None:
    """Temperatures, numbers and times follow the webGUI's display settings."""
    write_array(tower, array(parity=[parity("18TB")], disks=[disk(temp="35"), disk()], resync=None))
    page = open_page(unit="F", number=",.", time="%I:%M %p", date="%d.%m.%Y")
    page.until_evaluates(f"{cell('Disk 1', 'temperature')}?.textContent === '95\\u00a0°F'")
    assert "," in page.evaluate(f"{READINGS}[0]")
    assert "." not in page.evaluate(f"{READINGS}[0]")


def test_a_daemon_that_is_gone_and_back(daemon: Daemon, open_page: Callable[..., Page]) -> None:
    """nginx keeps its channels open: the relay shows that the daemon is gone, and old frames are marked as old."""
    page = open_page()
    daemon.stop()
    page.until_evaluates(f"{KIND} === 'reconnecting'", 40)
    assert page.evaluate(BANNER) == "Can't reach UMA."
    assert set(page.evaluate(FRESHNESS)) == {"stale"}
    assert page.inaccessible("uma-dashboard") == []
    page.console[:] = [(level, text) for level, text in page.console if "502 (Bad Gateway)" not in text]
    daemon.start()
    page.until_evaluates(f"{KIND} === 'live'", 40)
    page.console[:] = [(level, text) for level, text in page.console if "502 (Bad Gateway)" not in text]


def test_a_signed_out_user_sees_why(webgui: Webgui, open_page: Callable[..., Page]) -> None:
    """An ended session is reported as such, and the page resumes after the next login."""
    webgui.is_signed_in = False
    page = open_page(kind="signed-out")
    assert page.evaluate(BANNER) == "Your session has ended. Reload and sign in."
    assert page.inaccessible("uma-dashboard") == []
    webgui.is_signed_in = True
    # It looks every 10 s.
    page.until_evaluates(f"{KIND} === 'live'", 60)


EVENTS_OF_EVERY_TONE = """
const { fetch } = window;
const states = [["die", "exited", "1"], ["start", "running", "0"], ["health_status", "unhealthy", "0"],
    ["create", "created", "0"], ["pause", "paused", "0"], ["destroy", "removed", "0"]];
const events = states.map(([action, status, exitCode], seq) => ({ timestamp: "2026-11-23T12:00:00Z", data: {
    action, status, seq, container_id: "abc123def456", container_name: `plex${seq}`, image: "plexinc/pms-docker:latest",
    time_nano: 1.79e18 + seq, attributes: { exitCode, signal: "" } } }));
window.fetch = async (url, ...rest) =>
    url.includes("docker/events&limit") ? Response.json(events) : fetch(url, ...rest);
"""

LEAKS = """[...document.querySelectorAll("uma-dashboard *")].filter((node) => {
    const { color, backgroundColor, fontSize, textAlign, marginTop } = getComputedStyle(node);
    return node.offsetParent !== null && ([color, backgroundColor].includes("rgb(255, 0, 0)")
        || parseFloat(fontSize) > 26 || textAlign === "justify" || parseFloat(marginTop) > 40);
}).map((node) => node.outerHTML)"""
"""List the properties that rules of the surrounding page have reached."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("has_variables", [True, False], ids=["7.1 and later", "before"])
@pytest.mark.parametrize("theme", COLOURS)
def test_every_theme(open_troubled: Callable[..., Page], theme: str, has_variables: bool) -> None:
    """In each theme, with or without variables, no rule of the surrounding page applies, and axe finds no fault."""
    page = open_troubled(theme=theme, has_variables=has_variables, init=EVENTS_OF_EVERY_TONE)
    page.until_evaluates(f"{ROWS}.includes('Disk 5')")
    page.until_evaluates("document.querySelectorAll('.uma-events .uma-word').length === 6")
    for width in (390, 1280):
        page.resize(width, 900)
        assert page.inaccessible("uma-dashboard") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(LEAKS) == []
    row = page.evaluate("document.querySelector('.uma-disks .uma-row').getBoundingClientRect().height")
    assert row < 35
    # Resetting the surrounding page's rules must not reset the dashboard's own.
    assert page.evaluate(SPACES) == ["0px", "0px", "0px", "6px"]
    scheme = page.evaluate("getComputedStyle(document.querySelector('uma-dashboard')).colorScheme")
    assert scheme == ("dark" if theme in ("black", "gray") else "light")


ROW_OF_CELLS = """(kind, ...texts) => {
    const cells = texts.map((text) => `<span role="cell"><span>${text}</span></span>`).join("");
    document.querySelector("uma-dashboard").insertAdjacentHTML("beforeend", `
        <div class="uma-${kind}" style="width:250px"><div class="uma-row">
            <span class="uma-dot"></span><span>${"name".repeat(20)}</span>${cells}</div></div>`);
    const [, name, ...rest] = document.querySelectorAll(`.uma-${kind}[style] .uma-row > span`);
    const shown = rest.filter((cell) => cell.textContent !== "").map((cell) => cell.getBoundingClientRect());
    const row = name.parentNode.getBoundingClientRect();
    const lefts = [...shown.map(({ left }) => left), row.right - 12];
    return [name.getBoundingClientRect(), ...shown].map(({ right }, index) => Math.round(lefts[index] - right));
}"""
"""Add a row in 250 pixels: the gaps after its long name and its texts, the last one before the panel's edge."""


@pytest.mark.parametrize(
    ("kind", "texts", "gaps"),
    [
        ("plain", ["Passed through", "", ""], [8, 0]),
        ("plain", ["", "20%", ""], [8, 0]),
        ("network", ["Down", ""], [8, 0]),
        ("vms", ["Stopped", "", "24 GiB"], [8, 8, 0]),
    ],
)
def test_an_empty_cell_takes_no_room(
    open_troubled: Callable[..., Page], kind: str, texts: list[str], gaps: list[int]
) -> None:
    """A name is cut only where the row is full, and the last text of a row ends at the panel's edge."""
    page = open_troubled()
    assert page.evaluate(f"({ROW_OF_CELLS})(...{[kind, *texts]})") == gaps


def test_a_peak_fits_beside_the_sidebar(open_troubled: Callable[..., Page]) -> None:
    """A phone with the webGUI's sidebar leaves 300 pixels: a chart's head still shows its peak in full."""
    page = open_troubled(viewport=(310, 844))
    page.until_evaluates("document.querySelectorAll('.uma-chart canvas').length === 4")
    width, cut = page.evaluate("""(() => {
        const heads = [...document.querySelectorAll(".uma-tile h2")];
        const head = heads.find(({ textContent }) => textContent.startsWith("Disk I/O"));
        const small = head.querySelector("small");
        small.textContent = "peak 36.2\\u00a0MB/s";
        return [head.getBoundingClientRect().width, small.scrollWidth - small.clientWidth];
    })()""")
    assert 135 < width < 150
    assert cut <= 0


def test_the_page_around_it_stays_unchanged(open_troubled: Callable[..., Page]) -> None:
    """The dashboard's own rules affect nothing outside of it."""
    page = open_troubled()
    page.evaluate(
        "void document.body.insertAdjacentHTML('beforeend', '<h2 class=\"x\">a</h2><table><tr><td class=\"uma-card\">')"
    )
    page.until_evaluates("getComputedStyle(document.querySelector('h2.x')).fontSize === '50px'")
    assert page.evaluate("getComputedStyle(document.querySelector('body > table td')).borderRadius") == "0px"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(242, 242, 242)"


def test_the_page_around_may_move_it(open_troubled: Callable[..., Page]) -> None:
    """If the webGUI moves it, as when it sorts its panels, it is live again, with everything there once."""
    page = open_troubled()
    page.until_evaluates("document.querySelectorAll('.uma-chart canvas').length === 4")
    page.evaluate("void document.body.prepend(document.querySelector('uma-dashboard'))")
    page.until_evaluates(f"{KIND} === 'live'")
    page.until_evaluates("document.querySelectorAll('.uma-chart canvas').length === 4")
    assert page.evaluate("document.querySelectorAll('uma-dashboard .uma-head').length") == 1
    assert all(re.search(r"\d", reading) for reading in page.evaluate(READINGS))
