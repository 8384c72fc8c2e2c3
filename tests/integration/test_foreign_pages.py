"""Pages of other sites in a real browser, on a machine whose DNS an attacker controls: what they can read."""

import json
from collections.abc import Callable

import pytest

from tests.access_table import SETTINGS, TOKEN

from .browser import Browser, Page
from .daemon import Daemon

NOTHING = dict.fromkeys(
    ("websocket", "fetch", "with credentials", "opaque", "metrics", "event source", "script", "frame", "frame of data")
)

ATTACK = """
(async (base, token) => {
    const within = (promise) => Promise.race([
        promise.then((value) => value || null, () => null), new Promise((give) => { setTimeout(give, 8000, null); }),
    ]);
    const load = (name, address) => new Promise((give, fail) => {
        const element = document.createElement(name);
        element.onload = () => give(element);
        element.onerror = fail;
        element.src = address;
        document.body.append(element);
    });
    const look = (frame) => { try { return frame.contentDocument.body.textContent; } catch { return null; } };
    const query = token ? `?token=${token}` : '';
    const get = (path, options) => fetch(`${base}${path}${query}`, options);
    const service = (path, options) => get(path, options).then((answer) => answer.json())
        .then((body) => body.service || body.detail);
    const reads = {
        websocket: new Promise((give, fail) => {
            const socket = new WebSocket(`${base.replace('http', 'ws')}/api/v1/ws/system/stats${query}`);
            socket.onmessage = ({ data }) => give(JSON.parse(data).type);
            socket.onerror = fail;
            socket.onclose = fail;
        }),
        fetch: service('/api/v1/health'),
        'with credentials': service('/api/v1/health', { credentials: 'include' }),
        opaque: get('/api/v1/health', { mode: 'no-cors' }).then(async (answer) => await answer.text() || answer.type),
        metrics: get('/metrics').then((answer) => answer.text()).then((text) => text.match(/uma_[a-z]+/)[0]),
        'event source': new Promise((give, fail) => {
            const source = new EventSource(`${base}/api/v1/health${query}`);
            source.onmessage = give;
            source.onerror = fail;
        }),
        script: load('script', `${base}/api/v1/docker/events${query}`).then(() => 'loaded'),
        frame: load('iframe', `${base}/`).then(look),
        'frame of data': load('iframe', `${base}/api/v1/health${query}`).then(look),
    };
    const names = Object.keys(reads);
    const values = await Promise.all(Object.values(reads).map(within));
    return Object.fromEntries(names.map((name, at) => [name, values[at]]));
})
"""

SANDBOXED = """
(base, token) => new Promise((give) => {
    window.onmessage = ({ data }) => give(data);
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    const tell = `(${ATTACK})('${base}', '${token}').then((read) => parent.postMessage(read, '*'))`;
    frame.srcdoc = `<body><script>${tell}</` + 'script>';
    document.body.append(frame);
})
"""


def attack(page: Page, daemon: Daemon, *, base: str = "", token: str = "") -> dict[str, str | None]:
    """Return what scripts of *page* read of the daemon."""
    read: dict[str, str | None] = page.evaluate(
        f"({ATTACK})({json.dumps(base or f'http://{daemon.server}')}, '{token}')"
    )
    return read


def is_refused(frame: dict[str, str]) -> bool:
    """Return True for Chromium's own page about a site that forbids framing; its headless shell leaves it blank."""
    return "refused to connect" in frame["text"] or frame == {"url": "chrome-error://chromewebdata/", "text": ""}


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "tower.ts.net"])
def test_a_foreign_page_reads_nothing(steady_daemon: Daemon, victim: Browser, site: int, host: str) -> None:
    """A foreign site's page can read nothing by any means, and can't show the daemon in a frame."""
    page = victim.open(f"http://{host}:{site}/")
    read = attack(page, steady_daemon)
    shown = [frame for frame in page.frames()[1:] if not is_refused(frame)]
    page.close()

    assert NOTHING == read
    assert [] == shown


@pytest.fixture(scope="module")
def permitting(make_lasting_daemon: Callable[..., Daemon], site: int) -> Daemon:
    """A running daemon that permits the pages of a listed name."""
    daemon = make_lasting_daemon()
    daemon.configure(ALLOWED_ORIGINS=f"http://listed.example:{site}")
    return daemon.start()


@pytest.mark.parametrize("host", ["grafana", "homeassistant.local", "listed.example", "127.0.0.1"])
def test_a_permitted_page_reads(permitting: Daemon, victim: Browser, site: int, host: str) -> None:
    """The same script in a permitted page reads by WebSocket and fetch, but not by frames and scripts."""
    page = victim.open(f"http://{host}:{site}/")
    read = attack(page, permitting)
    page.close()

    # Requests with credentials are never allowed: a browser hides their answers from every page.
    assert NOTHING | {"websocket": "stats", "fetch": "uma", "metrics": read["metrics"]} == read
    assert str(read["metrics"]).startswith("uma_")


def test_a_name_that_is_bound_to_the_server_reads_nothing(steady_daemon: Daemon, victim: Browser) -> None:
    """DNS rebinding: a page whose own name and port have become the daemon's has the same origin, and gets 421."""
    # What such a page finds there forbids scripts, which a page that was there before would not.
    page = victim.open(f"http://evil.example:{steady_daemon.port}/", bypassCSP=True)
    read = attack(page, steady_daemon, base=f"http://evil.example:{steady_daemon.port}")
    status = page.evaluate("fetch('/api/v1/health').then((answer) => answer.status)")
    page.close()

    assert 421 == status
    refusal = "this server is not known as evil.example; add the name to ALLOWED_ORIGINS to use it"
    assert NOTHING | {"opaque": read["opaque"], "fetch": refusal, "with credentials": refusal} == read
    assert refusal in str(read["opaque"])


def test_a_sandboxed_frame_reads_unless_there_is_a_token(restored_daemon: Daemon, victim: Browser, site: int) -> None:
    """A frame without an origin is accepted like a page from disk; a token, which no page can know, excludes it."""
    page = victim.open(f"http://evil.example:{site}/")
    sandboxed = f"((ATTACK) => ({SANDBOXED}))({json.dumps(ATTACK)})"
    before = page.evaluate(f"{sandboxed}('http://{restored_daemon.server}', '')")
    restored_daemon.reload(**SETTINGS["locked"])
    after = page.evaluate(f"{sandboxed}('http://{restored_daemon.server}', '')")
    guessed = page.evaluate(f"{sandboxed}('http://{restored_daemon.server}', '{TOKEN[::-1]}')")
    known = attack(page, restored_daemon, token=TOKEN)
    page.close()
    permitted = victim.open(f"http://grafana:{site}/")
    read = attack(permitted, restored_daemon, token=TOKEN)
    permitted.close()

    assert ("stats", "uma") == (before["websocket"], before["fetch"])
    assert NOTHING == after
    assert NOTHING == guessed
    # Of a page with an origin, the origin decides first.
    assert NOTHING == known
    assert ("stats", "uma") == (read["websocket"], read["fetch"])
