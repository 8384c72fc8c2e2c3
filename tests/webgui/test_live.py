"""The tab, the tile and the settings page in a real Chromium, over https, fed by the real daemon through real nchan."""

import io
import json
import zipfile

import pytest

from ..integration.browser import Browser, Page
from ..integration.programs import until
from ..support.feeds import read_config
from .server import WebGuiServer

LIVE = "document.querySelector('uma-dashboard')?.dataset.kind === 'live'"
RELAY = "/plugins/uma/include/relay.php?path="
LOOK_SECONDS = 0.2
"""Each look passes TLS, nginx and PHP."""


def tile(name: str) -> str:
    """The text of a part of the tile, as an expression."""
    return f"document.querySelector('#uma-tile [data-uma={name}]').textContent.trim()"


def uncaught(page: Page) -> list[str]:
    """Errors of a page: its scripts' own, not the browser's notes on failed requests."""
    return page.said("uncaught")


def setting(webgui: WebGuiServer, key: str) -> object:
    """Return the daemon's value of the file's *key*."""
    config, problems = read_config(webgui.server.settings_file)
    assert problems == []
    return getattr(config, key.lower())


def intervals(webgui: WebGuiServer) -> str:
    """Return the detail of the system's source in health."""
    return webgui.get(f"{RELAY}health").json.get("sources", {}).get("system", {}).get("detail", "")


def wait_for_samples(webgui: WebGuiServer, count: int) -> None:
    """Wait until the daemon has a history to show."""
    until(
        lambda: len(webgui.get(f"{RELAY}system/stats/history").json["timestamp"]) >= count,
        30,
        what=f"{count} samples",
        every=LOOK_SECONDS,
    )


@pytest.mark.smoke
def test_the_tab_has_its_history_at_once_and_is_live(running: WebGuiServer, browser: Browser) -> None:
    """The tab shows the past, then live data; everything comes from the server itself."""
    running.server.configure(STATS_INTERVAL=1)
    running.server.rc("reload")
    wait_for_samples(running, 5)
    page = running.open(browser, "/Uma")
    try:
        page.until_evaluates(LIVE)
        assert "Disk 1" in page.evaluate("document.querySelector('uma-dashboard').textContent")
        asked = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        assert all(each.startswith(f"{running.url}/") for each in asked)
        assert f"{running.url}{RELAY}system/stats/history" in asked
        before = page.evaluate("document.querySelector('uma-dashboard').textContent")
        page.until_evaluates(f"document.querySelector('uma-dashboard').textContent !== {json.dumps(before)}")
        health = running.get(f"{RELAY}health").json
        assert health["sources"]["webgui"]["status"] == "ok"
        assert sum(stream["connections"] for stream in health["streams"].values()) == 0
        assert uncaught(page) == []
        assert page.said("error") == []
    finally:
        page.close()


def test_the_tab_comes_back_by_itself(running: WebGuiServer, browser: Browser) -> None:
    """After nginx has been restarted, and after the daemon has been, the tab is live again."""
    page = running.open(browser, "/Uma")
    try:
        page.until_evaluates(LIVE)
        running.stop_nginx()
        page.until_evaluates(f"!({LIVE})", 30)
        running.start_nginx()
        page.until_evaluates(LIVE, 40)
        running.server.rc("stop")
        page.until_evaluates(f"!({LIVE})", 40)
        running.server.rc("start")
        page.until_evaluates(LIVE, 40)
        assert uncaught(page) == []
    finally:
        page.close()


def test_the_tile_shows_the_verdict(running: WebGuiServer, browser: Browser) -> None:
    """The tile puts the newest messages into words, in the user's units; without a daemon it shows since when."""
    running.server.configure(STATS_INTERVAL=1, STORAGE_INTERVAL=5)
    running.server.rc("reload")
    page = running.open(browser, "/Dashboard")
    try:
        page.until_evaluates(f"{tile('array')} !== '–'")
        summary = running.get(f"{RELAY}server/summary").json["data"]
        found = [finding["severity"] for finding in summary["findings"]]
        hottest = summary["hottest"]["temperature"]
        severest = next((each for each in ("critical", "warning", "notice") if each in found), "")
        word = {"critical": "problem", "warning": "warning", "notice": "notice", "": "All good"}[severest]
        assert word in page.evaluate(tile("state"))
        assert page.evaluate(tile("array")) == "Started, protected"
        assert page.evaluate(tile("hottest")).startswith(f"{round(hottest * 1.8) + 32}\u00a0°F")
        shown = "[...document.querySelectorAll('#uma-tile [data-finding]')].filter((row) => !row.hidden).length"
        assert page.evaluate(shown) == min(len(found), 3)
        assert page.inaccessible("#uma-tile") == []
        running.server.rc("stop")
        page.until_evaluates(f"{tile('state')}.startsWith('Nothing new since')", 60)
        running.server.rc("start")
        page.until_evaluates(f"!{tile('state')}.startsWith('Nothing new since')", 30)
        assert uncaught(page) == []
        assert page.said("error") == []
    finally:
        page.close()


def test_the_tile_of_a_stopped_daemon_is_quiet(webgui: WebGuiServer, browser: Browser) -> None:
    """Without a daemon the tile says so; there is no error, and no request but the page's own and one that waits."""
    # Otherwise the channels' messages of an earlier daemon would be shown, with their time.
    webgui.stop_nginx()
    webgui.start_nginx()
    page = webgui.open(browser, "/Dashboard")
    try:
        page.until_evaluates(f"{tile('state')} === 'Stopped'")
        assert page.evaluate(tile("array")) == "–"
        assert page.said("error") + uncaught(page) == []
    finally:
        page.close()


def test_the_form_is_saved_and_put_in_force(running: WebGuiServer, browser: Browser) -> None:
    """Applied settings are in the file, in force in the running daemon, and on the page afterwards."""
    page = running.open(browser, "/Settings/UmaSettings")
    try:
        fill(page, STATS_INTERVAL=2, ALLOWED_ORIGINS=" dash.example.com  https://other.example:8443 ")
        submit(page, "#apply")
        assert page.evaluate("document.querySelector('[name=STATS_INTERVAL]').value") == "2"
        assert setting(running, "ALLOWED_ORIGINS") == ("dash.example.com", "https://other.example:8443")
        until(lambda: intervals(running) == "every 2 s", what="the new interval", every=LOOK_SECONDS)
        submit(page, "#default")
        until(lambda: intervals(running) == "every 5 s", what="the default interval", every=LOOK_SECONDS)
    finally:
        page.close()


def test_invalid_values_are_refused(running: WebGuiServer, browser: Browser) -> None:
    """The page itself refuses a wrong value; behind it PHP does, and neither file nor daemon gets it."""
    before = running.server.settings_file.read_text()
    page = running.open(browser, "/Settings/UmaSettings")
    try:
        assert page.inaccessible("#uma-settings") == []
        patterns = page.evaluate("[...document.querySelectorAll('[pattern]')].map(each => each.pattern)")
        assert len(patterns) >= 5
        for pattern in patterns:
            # As browsers compile it; an invalid pattern would check nothing.
            assert page.evaluate(f"new RegExp({json.dumps(f'^(?:{pattern})$')}, 'v') instanceof RegExp")
        fill(page, PORT=70000, BIND="nowhere")
        assert not page.evaluate("document.getElementById('uma-form').checkValidity()")
        page.evaluate("document.getElementById('uma-form').noValidate = true")
        page.evaluate("document.querySelector('[name=\"#apply\"]').click()")
        page.until_evaluates("document.getElementById('alert').textContent !== ''")
        said = page.text("alert")
        assert said.startswith(
            "Not saved: Listen on: a list of IP addresses separated by spaces, or * for all\n"
            "Port: a whole number from 1 to 65535"
        )
        assert page.evaluate("document.querySelector('[name=PORT]').value") == "70000"
        assert not page.evaluate("document.querySelector('[name=PORT]').disabled")
        assert running.server.settings_file.read_text() == before
    finally:
        page.close()


def test_php_takes_no_other_field(running: WebGuiServer) -> None:
    """A forged form saves nothing and runs nothing."""
    before = running.server.settings_file.read_text()
    fields = {"#file": "uma/uma.cfg", "#include": "/plugins/uma/include/save.php", "csrf_token": running.csrf_token}
    for made_up in ({"TOKEN_SHA256": "x"}, {"OTHER": "1"}, {"PORT[]": "1"}, {"MQTT_USER": 'a"\nPORT="1'}):
        reply = running.post("/update.php", **fields, **made_up)
        assert b"umaRefused" in reply.body
        assert running.server.settings_file.read_text() == before


def test_switching_off_stops_the_daemon(running: WebGuiServer, browser: Browser) -> None:
    """With SERVICE off the daemon ends, and with on it is back."""
    page = running.open(browser, "/Settings/UmaSettings")
    try:
        fill(page, SERVICE="disable")
        submit(page, "#apply")
        until(lambda: not running.server.daemons(), what="the daemon's end")
        page.until_evaluates("document.getElementById('uma-state').textContent.trim() === 'Stopped'")
        fill(page, SERVICE="enable")
        submit(page, "#apply")
        until(running.server.is_serving, what="the daemon")
        page.until_evaluates("document.getElementById('uma-state').textContent.trim().startsWith('Running')")
    finally:
        page.close()


def test_a_token_is_shown_once(running: WebGuiServer, browser: Browser) -> None:
    """The button's token opens the data and is in no file; the page works on without it, and can remove it."""
    page = running.open(browser, "/Settings/UmaSettings")
    try:
        press(page, "make-token")
        token = page.until_evaluates("document.querySelector('#uma-token input').value")
        assert len(token) == 43
        until(running.server.settings_file.with_name("token-sha256").exists, what="the hash")
        assert token not in running.server.settings_file.read_text()
        assert running.get(f"{RELAY}system/stats").status == 200
        page.reload()
        page.until_evaluates("document.readyState === 'complete'")
        assert token not in page.evaluate("document.documentElement.outerHTML")
        press(page, "remove-token")
        until(lambda: not running.server.settings_file.with_name("token-sha256").exists(), what="no hash")
    finally:
        page.close()


def test_the_password_is_a_file_of_its_own(running: WebGuiServer, browser: Browser) -> None:
    """The broker's password goes to a file for root alone, not to uma.cfg nor to the page, and can be forgotten."""
    password = running.server.settings_file.with_name("mqtt-password")
    page = running.open(browser, "/Settings/UmaSettings")
    try:
        fill(page, **{"#mqtt_password": 'top "$ecret'})
        submit(page, "#apply")
        assert password.read_text() == 'top "$ecret'
        assert password.stat().st_mode & 0o777 == 0o600
        assert "ecret" not in running.server.settings_file.read_text()
        assert "ecret" not in page.evaluate("document.documentElement.outerHTML")
        fill(page, STATS_INTERVAL=3)
        submit(page, "#apply")
        assert password.read_text() == 'top "$ecret'
        page.evaluate("document.querySelector('[name=\"#mqtt_forget\"]').click()")
        submit(page, "#apply")
        assert not password.exists()
    finally:
        page.close()


def test_diagnostics_are_downloaded(running: WebGuiServer) -> None:
    """The button's zip holds what a bug report needs, and nothing of it stays on the server."""
    reply = running.post("/plugins/uma/include/action.php", action="diagnostics", csrf_token=running.csrf_token)

    assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (200, "application/zip")
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="uma-diagnostics-')
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        names = archive.namelist()
    assert "uma-diagnostics/about.txt" in names


def fill(page: Page, **values: object) -> None:
    """Type *values* into the form's fields, by their names."""
    for name, value in values.items():
        page.evaluate(
            f"{{const field = document.querySelector('[name={json.dumps(name)}]');"
            f" field.value = {json.dumps(str(value))};"
            " field.dispatchEvent(new Event('change', {bubbles: true}))}"
        )


def submit(page: Page, button: str) -> None:
    """Press a button of the form, and wait until the page has been reloaded."""
    page.evaluate("window.isOld = true")
    page.evaluate(f"document.querySelector('[name={json.dumps(button)}]').click()")
    page.until_evaluates("window.isOld === undefined && document.readyState === 'complete'")


def press(page: Page, action: str) -> None:
    """Press one of the other buttons."""
    page.evaluate(f"document.querySelector('[data-action={action}]').click()")
