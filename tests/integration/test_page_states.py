"""The dashboard of invented servers in Chromium: each drawer, keys, zoom, print, forced colours, and pictures."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .browser import Browser, Page
from .daemon import Daemon
from .made_page import STATES, made
from .test_dashboard import BANNER, KIND, ROWS

GOLDEN = Path(__file__).parents[1] / "golden/page"
WIDTHS = {"phone": (390, 844), "laptop": (1280, 900), "wide": (1920, 1080)}
COLUMNS, LINES = 24, 16
MAX_MEAN = 0.45
"""Sixteenths that a cell may differ from the golden one on average: fonts are not alike on all machines."""
MAX_FAR = 0.06
"""The share of cells that may differ by more than two sixteenths."""

DRAWERS = (
    "disk/disk3",
    "pool/media",
    "array",
    "chart/cpu",
    "chart/memory",
    "chart/network",
    "chart/disks",
    "container/plex",
    "vm/ubuntu",
    "port/bond0",
    "share/media",
    "gpu/0000:01:00.0",
    "ups/apcupsd",
)
OPEN = "document.querySelector('dialog[open]')"
FOCUS = "document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label')"
FITTING = (
    "[...document.querySelectorAll('.uma-disks .uma-row')].filter((row) => row.getBoundingClientRect().bottom <= {0})"
)
CUT_VALUES = (
    "[...document.querySelectorAll('.uma-tile .uma-value, .uma-cell-temperature')]"
    ".filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)"
)
WHOLE_ROWS = (
    "[...document.querySelectorAll('.uma-disks .uma-row')].every((row) =>"
    " row.lastElementChild.getBoundingClientRect().right <= row.getBoundingClientRect().right)"
)
SETTLED = "document.querySelectorAll('.uma-tile canvas').length >= 4 && document.querySelector('.uma-disks .uma-row')"


@pytest.fixture
def show(browser: Browser, daemon_of_the_file: Daemon) -> Iterator[Callable[..., Page]]:
    """Opens the page of a daemon before a made server. No page may have written an error."""
    pages: list[Page] = []

    def open_(
        state: str,
        *,
        at: str = "",
        kind: str = "live",
        settled: str = SETTLED,
        init: dict[str, object] | None = None,
        **context,
    ) -> Page:
        options = {
            "viewport": {"width": 1280, "height": 900},
            "locale": "en-GB",
            "timezoneId": "Europe/Berlin",
            **context,
        }
        page = browser.open(f"http://{daemon_of_the_file.server}/{at}", init=made(state, **(init or {})), **options)
        pages.append(page)
        page.until_evaluates(f"{KIND} === '{kind}' && {settled}")
        return page

    yield open_
    complaints = [text for page in pages for level, text in page.console if level in ("error", "warning", "uncaught")]
    for page in pages:
        page.close()
    assert complaints == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_drawer_is_accessible(show: Callable[..., Page], scheme: str) -> None:
    """Each drawer opens at its address; axe finds no fault by WCAG 2.2 AA, wide and narrow."""
    width = {"light": 1280, "dark": 390}[scheme]
    page = show("trouble", colorScheme=scheme, viewport={"width": width, "height": 844})
    assert page.inaccessible() == []
    for name in DRAWERS:
        page.evaluate(f"void (location.hash = {json.dumps(f'#{name}')})")
        page.until_evaluates(f"{OPEN}?.querySelector('h2').textContent")
        assert page.inaccessible("dialog[open]") == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(f"void {OPEN}.close()")


def test_a_drawer_has_an_address_and_the_way_back(show: Callable[..., Page]) -> None:
    """A link to a drawer opens it; going back closes it, Esc too, and the focus returns."""
    page = show("trouble", at="#disk/disk1")
    page.until_evaluates(f"{OPEN}?.textContent.includes('24 pending sectors')")
    page.press("Escape")
    page.until_evaluates(f"{OPEN} === null && location.hash === ''")
    page.evaluate("void document.querySelector('a[href=\"#disk/disk2\"]').focus()")
    page.press("Enter")
    page.until_evaluates(f"{OPEN}?.querySelector('h2').textContent === 'Disk 2'")
    page.evaluate("void history.back()")
    page.until_evaluates(f"{OPEN} === null")
    assert page.evaluate(FOCUS) == "Disk 2"
    # An unknown address opens nothing.
    page.evaluate("void (location.hash = '#disk/%E0%A4%A')")
    page.until_evaluates("location.hash !== ''")
    assert page.evaluate(OPEN) is None


def test_the_verdict_leads_to_the_fault(show: Callable[..., Page]) -> None:
    """Findings are on top, in the title and the icon; a press on one leads to its disk; one can be hidden."""
    page = show("trouble")
    assert page.evaluate("document.title") == "(4) Tower · UMA"
    assert "circle" in page.evaluate("document.querySelector('link[rel=icon]').href")
    assert page.evaluate("document.querySelector('.uma-verdict strong').textContent") == "2 problems, 2 warnings"
    assert "2 problems, 2 warnings" in page.evaluate("document.querySelector('[role=status]').textContent")
    page.evaluate("void document.querySelector('.uma-verdict li a').click()")
    page.until_evaluates(f"{OPEN}?.querySelector('h2').textContent === 'Disk 3'")
    page.press("Escape")
    page.evaluate("void document.querySelector('.uma-verdict li button').click()")
    page.until_evaluates("document.querySelector('.uma-verdict strong').textContent === '1 problem, 2 warnings'")
    page.reload()
    page.until_evaluates("document.querySelector('.uma-verdict .uma-link:last-child')?.textContent === '1 hidden'")
    page.evaluate("void document.querySelector('.uma-verdict .uma-link:last-child').click()")
    page.until_evaluates("document.querySelector('.uma-verdict strong').textContent === '2 problems, 2 warnings'")


def test_thirty_disks_fit(show: Callable[..., Page]) -> None:
    """36 devices, the findings, containers and events are in 1280×900; on a phone 24 rows are in two screens."""
    page = show("trouble")
    assert page.evaluate(f"{FITTING.format(900)}.length") == 36
    for panel in ("containers", "events"):
        assert page.evaluate(f"document.getElementById('panel-{panel}').getBoundingClientRect().bottom") <= 900
    page.resize(390, 844)
    assert page.evaluate(f"{FITTING.format(2 * 844 - 48)}.length") >= 24


def test_a_keyboard_is_enough(show: Callable[..., Page]) -> None:
    """With Tab and Enter alone the range, a finding and a disk are reached; / searches; the keys work."""
    page = show("trouble")
    reached = []
    for _ in range(24):
        page.press("Tab")
        reached.append(page.evaluate(FOCUS))
    assert reached[:7] == ["Tower", "15 m", "1 h", "6 h", "24 h", "7 d", "/ Search"]
    assert any(text.startswith("Disk 3 SMART failed") for text in reached)
    assert "CPU" in reached
    page.press("/")
    page.until_evaluates("document.querySelector('.uma-palette').open")
    for letter in "d11":
        page.press(letter)
    page.until_evaluates("document.querySelector('.uma-palette [aria-selected=true] span')?.textContent === 'Disk 11'")
    assert page.inaccessible("dialog") == []
    page.press("Enter")
    page.until_evaluates(f"{OPEN}?.querySelector('h2')?.textContent === 'Disk 11'")
    page.press("Escape")
    page.until_evaluates(f"{OPEN} === null")
    page.press("1")
    page.until_evaluates("document.querySelector('.uma-segments [aria-pressed=true]').textContent === '15 m'")
    page.press("Shift+?")
    page.until_evaluates("document.querySelector('.uma-help').open")
    assert page.inaccessible("dialog") == []


def test_a_drag_zooms_all_charts(show: Callable[..., Page]) -> None:
    """A drag across one chart zooms all, and a button restores them."""
    page = show("well")
    left, top, width = page.evaluate(
        "(({ left, top, width }) => [left, top, width])(document.querySelector('.uma-chart').getBoundingClientRect())"
    )
    page.drag((left + 0.2 * width, top + 10), (left + 0.6 * width, top + 10))
    reset = "[...document.querySelectorAll('.uma-head button')].find((each) => each.textContent === 'Reset zoom')"
    page.until_evaluates(f"!{reset}.hidden")
    page.evaluate(f"void {reset}.click()")
    page.until_evaluates(f"{reset}.hidden")


def test_without_websockets_the_data_come_by_rest(show: Callable[..., Page]) -> None:
    """Behind a proxy that drops Upgrade the page has its data, and explains the remedy."""
    page = show("well", kind="polling", init={"isUpgradeDropped": True})
    assert "drops WebSockets (HTTP 426)" in page.evaluate(BANNER)
    assert "Disk 28" in page.evaluate(ROWS)
    assert page.evaluate("document.querySelector('.uma-live').textContent") == "Not live"


def test_demo_data_are_marked(show: Callable[..., Page]) -> None:
    """A daemon that serves a demo reports it, and the page shows it."""
    page = show("demo")
    assert page.evaluate("document.querySelector('.uma-head').textContent").count("Demo data") == 1
    assert (
        page.evaluate("[...document.querySelectorAll('.uma-badge')].find((b) => b.textContent === 'Demo data').hidden")
        is False
    )
    assert page.evaluate("document.title") == "Tower · UMA"


def test_a_loss_keeps_the_shape_of_a_warning(show: Callable[..., Page]) -> None:
    """A degraded array whose connection breaks differs from an unknown one: its badge has a border."""
    page = show("degraded")
    badge = "document.querySelector('#panel-storage .uma-badge[data-tone=bad]')"
    page.evaluate("void stage.end()")
    page.until_evaluates(f"{KIND} === 'reconnecting'")
    assert page.evaluate(f"getComputedStyle({badge}).borderTopStyle") == "dashed"
    colour = page.evaluate(f"getComputedStyle({badge}).color")
    assert colour != page.evaluate("getComputedStyle(document.querySelector('#panel-storage .uma-last')).color")


def test_a_layout_of_ones_own_is_kept(show: Callable[..., Page]) -> None:
    """A hidden, moved or widened panel stays so after a reload; a reset restores everything."""
    page = show("well")
    order = "[...document.querySelectorAll('.uma-panel:not([hidden])')].map(({ dataset }) => dataset.panel)"
    before = page.evaluate(order)
    press = (
        "[...document.querySelectorAll('#panel-{panel} .uma-menu button')]"
        ".find((button) => button.textContent === '{text}').click()"
    )
    page.evaluate("void " + press.format(panel="gpu", text="Hide"))
    page.evaluate("void " + press.format(panel="events", text="Move up"))
    page.reload()
    page.until_evaluates(f"{SETTLED} && document.getElementById('panel-network')")
    after = page.evaluate(order)
    assert "gpu" not in after
    assert after.index("events") == before.index("events") - 1
    page.evaluate("void (document.querySelector('.uma-head .uma-menu').open = true)")
    menu = "[...document.querySelectorAll('.uma-head .uma-menu button')]"
    page.until_evaluates(f"{menu}.some((button) => button.textContent === 'Show GPU')")
    page.evaluate(f"void {menu}.find((button) => button.textContent === 'Reset layout').click()")
    page.until_evaluates(f"JSON.stringify({order}) === '{json.dumps(before, separators=(',', ':'))}'")


def test_forced_colours_lose_nothing(show: Callable[..., Page]) -> None:
    """Bars, cores, dots and lines are visible in the reader's own colours, and axe finds no fault."""
    page = show("trouble", forcedColors="active")
    fills = (
        "[...document.querySelectorAll('.uma-row .uma-bar:not([hidden])')].slice(0, 5).map((bar) =>"
        " [getComputedStyle(bar).backgroundColor, getComputedStyle(bar, '::before').backgroundColor])"
    )
    assert all(track != fill for track, fill in page.evaluate(fills))
    ground = page.evaluate("getComputedStyle(document.querySelector('.uma-dot[data-tone=bad]')).backgroundColor")
    assert ground != page.evaluate(
        "getComputedStyle(document.querySelector('.uma-dot[data-tone=quiet]')).backgroundColor"
    )
    assert page.inaccessible() == []


def test_print_has_the_state_and_no_buttons(show: Callable[..., Page]) -> None:
    """On paper there are all rows and lines in light colours, and nothing to press."""
    page = show("trouble", colorScheme="dark")
    ink = "getComputedStyle(document.querySelector('.uma-ink')).color"
    dark = page.evaluate(ink)
    # A chart is drawn before the page is laid out for paper.
    page.evaluate("void window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(ink) != dark
    page.evaluate("void window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(ink) == dark
    page.emulate(media="print")
    shown = "(selector) => [...document.querySelectorAll(selector)].some((node) => node.checkVisibility())"
    assert page.evaluate(f"({shown})('.uma-head button, .uma-menu, .uma-filter, .uma-sort')") is False
    assert page.evaluate("[...document.querySelectorAll('.uma-disks .uma-row')].every((row) => row.checkVisibility())")
    assert page.evaluate("getComputedStyle(document.querySelector('uma-dashboard')).colorScheme") == "light"


def test_at_twice_the_size_nothing_is_cut_off(show: Callable[..., Page]) -> None:
    """At 200 % the page is as wide as its window, and axe finds no fault; with text of 160 % on a phone figures and
    rows are whole.
    """
    page = show("trouble", viewport={"width": 640, "height": 450}, deviceScaleFactor=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    assert page.inaccessible() == []
    page.evaluate("void (document.documentElement.style.fontSize = '26px')")
    page.resize(390, 844)
    assert page.evaluate(CUT_VALUES) == []
    assert page.evaluate(WHOLE_ROWS) is True


@pytest.mark.parametrize("size", [(1280, 900), (320, 740)])
def test_much_of_all_and_odd_names_fit(show: Callable[..., Page], size: tuple[int, int]) -> None:
    """150 containers, 20 machines, 60 shares: panels fold, all findings can be seen, a drawer opens for any name,
    and neither a tile's unit nor a disk's bar is cut off.
    """
    page = show("crowded", viewport={"width": size[0], "height": size[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.until_evaluates("document.querySelector('.uma-tiles').textContent.includes('992')")
    assert page.evaluate(CUT_VALUES) == []
    assert page.evaluate("document.querySelector('.uma-disks .uma-cell-usage .uma-bar').clientWidth") > 36
    assert page.evaluate(WHOLE_ROWS) is True
    folded = "[...document.querySelectorAll('.uma-more:not([hidden])')].map((button) => button.textContent)"
    assert page.evaluate(
        f"{folded}.includes('142 more') && {folded}.includes('12 more') && {folded}.includes('52 more')"
    )
    page.until_evaluates("document.querySelector('.uma-verdict strong').textContent === '4 warnings, 9 notices'")
    page.evaluate("void document.querySelector('.uma-verdict [aria-expanded]').click()")
    page.until_evaluates("document.querySelectorAll('.uma-verdict li').length === 13")
    for name in ("<b>x</b>", "#hash/slash", "%E0%A4%A", "..", "emoji-🚀-app"):
        page.evaluate(f"void (location.hash = '#container/' + encodeURIComponent({json.dumps(name)}))")
        page.until_evaluates(f"{OPEN}?.querySelector('h2').textContent === {json.dumps(name)}")
        page.evaluate(f"void {OPEN}.close()")
    assert page.inaccessible() == []


def test_a_server_with_nothing(show: Callable[..., Page]) -> None:
    """Without an array, Docker and hardware the only empty box is the one that explains it."""
    page = show("nothing", settled="document.querySelectorAll('.uma-tile canvas').length >= 4")
    panels = "[...document.querySelectorAll('.uma-panel:not([hidden])')].map(({ dataset }) => dataset.panel)"
    page.until_evaluates(f'JSON.stringify({panels}) === \'["storage","events"]\'')
    assert "No disks are assigned." in page.evaluate("document.getElementById('panel-storage').textContent")
    assert page.inaccessible() == []


@pytest.mark.timeout(300)
def test_pictures(show: Callable[..., Page], request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each state looks as before, on a phone, a laptop and a wide screen; ``--update-golden`` accepts the
    present look.
    """
    assert len(STATES) == 16
    faults = []
    for state in STATES:
        page = show(state, colorScheme="light")
        # A size costs more than a scheme, so each comes once.
        for (name, (width, height)), scheme in itertools.product(WIDTHS.items(), ("light", "dark")):
            page.emulate(colorScheme=scheme)
            seen = page.colours(width, height, COLUMNS, LINES)
            path = GOLDEN / f"{state}-{scheme}-{name}.txt"
            if request.config.getoption("--update-golden"):
                path.parent.mkdir(exist_ok=True)
                path.write_text(
                    "\n".join(seen[at : at + 3 * COLUMNS] for at in range(0, len(seen), 3 * COLUMNS)) + "\n"
                )
            if not is_alike(seen, path.read_text().replace("\n", "")):
                page.resize(width, height)
                page.screenshot(tmp_path / f"{state}-{scheme}-{name}.png")
                faults.append(f"{state}-{scheme}-{name}")
        # Sixteen open pages cost more than all pictures.
        page.close()
    assert faults == [], f"look at {tmp_path}"


def is_alike(seen: str, golden: str) -> bool:
    """Return True if two grids of colours are of one picture, give or take another font."""
    differences = [abs(int(a, 16) - int(b, 16)) for a, b in zip(seen, golden, strict=True)]
    far = sum(difference > 2 for difference in differences)
    return sum(differences) / len(differences) <= MAX_MEAN and far / len(differences) <= MAX_FAR
