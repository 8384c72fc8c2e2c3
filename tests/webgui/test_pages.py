"""Each page as PHP makes it, by itself: no warning, nothing unescaped, every setting on the form."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.feeds import RULES
from uma.config.parse import parse_config

from ..integration.programs import CHECKOUT, clean_environment

HERE = Path(__file__).parent
EMHTTP = CHECKOUT / "emhttp"
PAGES = ("Uma", "UmaDash", "UmaSettings")
DISPLAY = {"unit": "C", "number": ".,", "scale": "-1", "hot": "45", "theme": "white", "tabs": "1", "locale": ""}
EVIL = "<script>alert('x')</script>&\"'"

ELEMENTS_WITHOUT_END = {"input", "link", "br", "meta", "img"}


class Parsed(HTMLParser):
    """Elements in order with their attributes; fails if one is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ELEMENTS_WITHOUT_END:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element *tag*."""
        return [attributes for name, attributes in self.elements if name == tag]


class Machine:
    """A server's folders, without anything that runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.docroot = root / "usr/local/emhttp"
        self.plugin = Path(shutil.copytree(EMHTTP, self.docroot / "plugins/uma"))
        (root / "etc").mkdir()
        self.set_version("7.3.3")

    def set_version(self, version: str) -> None:
        (self.root / "etc/unraid-version").write_text(f'version="{version}"\n')

    def configure(self, text: str) -> None:
        folder = self.root / "boot/config/plugins/uma"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "uma.cfg").write_text(text)

    def php(self, script: str, *arguments: str, stdin: object) -> str:
        done = subprocess.run(
            ["php", "-n", "-d", "display_errors=stderr", HERE / script, *arguments],
            input=json.dumps(stdin),
            capture_output=True,
            text=True,
            check=False,
            env=clean_environment(UMA_ROOT=str(self.root)),
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def render(self, page: str, display: object = DISPLAY) -> str:
        return self.php("render.php", str(self.docroot), page, stdin=display)

    def allowed(self, asked: Sequence[tuple[str, str]]) -> list[bool | None]:
        return json.loads(self.php("allows.php", str(self.plugin / "include/autoload.php"), stdin=asked))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if shutil.which("php") is None:
        pytest.skip("there is no PHP on this machine (Debian: php-cli)")
    return Machine(tmp_path / "root")


@pytest.mark.parametrize("page", sorted(path.stem for path in EMHTTP.glob("*.page")))
def test_a_page_is_a_head_and_a_call(page: str) -> None:
    """A page has 15 lines at most, a head of settings, and no logic: one call, and no condition."""
    text = (EMHTTP / f"{page}.page").read_text()
    head, body = text.split("\n---\n")

    assert len(text.splitlines()) <= 15
    assert all(re.fullmatch(r'[A-Z][A-Za-z]+=".*"', line) for line in head.splitlines())
    assert not re.search(r"\b(if|for|foreach|while|function|switch)\b", body)
    # The webGUI passes only keys that begin with a capital to its pages.
    assert page[0].isupper()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("display", [DISPLAY, {}, None, "text", {"unit": ["x"], "scale": "x", "theme": 7}])
@pytest.mark.smoke
def test_pages_render(machine: Machine, page: str, display: object) -> None:
    """With any display settings each page is made without a warning, and its HTML is well-formed."""
    parsed = Parsed(machine.render(page, display))

    assert len(parsed.elements) > 1


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "text", ["", "no settings at all", 'BIND="unclosed', "[section]\nPORT=1\n", "PORT[]=5\n", "\0\0", '=\n"="\n']
)
def test_pages_render_for_a_broken_file(machine: Machine, page: str, text: str) -> None:
    """A damaged uma.cfg breaks no page."""
    machine.configure(text)

    Parsed(machine.render(page))


def test_values_are_escaped(machine: Machine) -> None:
    """Values of the file are text on the page, never markup."""
    evil = EVIL.replace('"', "")
    machine.configure("".join(f'{key}="{evil}"\n' for key in RULES))

    html = machine.render("UmaSettings")

    assert evil not in html
    assert "<script>alert" not in html
    values = {each["name"]: each.get("value") for each in Parsed(html).all("input") if each.get("name")}
    assert values["ALLOWED_ORIGINS"] == evil


def test_help_texts_have_no_entity_left(machine: Machine) -> None:
    """The webGUI's _() writes &apos;, which HTML 4 does not know: it is an apostrophe on the page, not an entity."""
    for page in PAGES:
        assert "&amp;apos;" not in machine.render(page)


def test_display_settings_are_escaped(machine: Machine) -> None:
    """Display settings are data in an attribute."""
    for page in ("Uma", "UmaDash"):
        html = machine.render(page, {"date": EVIL})

        assert "<script>alert" not in html
    (dashboard,) = Parsed(machine.render("Uma", {"date": EVIL, "hot": "50"})).all("uma-dashboard")
    assert json.loads(dashboard["display"] or "") == {"date": EVIL, "hot": 50}


def keys(path: Path) -> list[str]:
    return [line.partition("=")[0] for line in path.read_text().splitlines()]


def test_each_setting_is_on_the_form(machine: Machine) -> None:
    """Every key of default.cfg has its field, or a reason in Settings::ELSEWHERE; the form has no other."""
    parsed = Parsed(machine.render("UmaSettings"))
    named = [each.get("name") or "" for tag in ("input", "select") for each in parsed.all(tag)]
    fields = [name for name in named if name and not name.startswith("#")]
    elsewhere = re.search(r"ELSEWHERE = \[(.*?)\];", (EMHTTP / "include/Uma/Settings.php").read_text(), re.DOTALL)
    assert elsewhere is not None
    reasons = dict(re.findall(r"'([A-Z0-9_]+)' => '(.+)'", elsewhere[1]))

    assert sorted(fields + list(reasons)) == sorted(keys(EMHTTP / "default.cfg"))
    assert len(set(fields)) == len(fields)
    assert all(len(reason) > 10 for reason in reasons.values())


def test_each_setting_has_its_help(machine: Machine) -> None:
    """Below each field is a text for F1."""
    html = machine.render("UmaSettings")

    for name in re.findall(r'id="uma-([A-Z0-9_]+)"', html):
        field = html.index(f'id="uma-{name}"')
        after = html[field:].split("</dd></dl>", 1)[1].lstrip()
        assert after.startswith('<blockquote class="inline_help"><p>'), name


SAMPLES = (
    *("", "yes", "no", "enable", "disable", "cached", "query", "off", "info", "debug", "trace", "YES"),
    *("0", "1", "5", "30", "100", "1000", "1001", "3600", "3601", "34600", "65535", "65536", "-1", "5.0", "1e3", "٣"),
    *("0.0.0.0", "127.0.0.1", "::", "::1", "fd00::1", "256.1.1.1", "1.2.3", "localhost", "tower.local"),
    *("0.0.0.0 ::", "127.0.0.1,::1", " 127.0.0.1 ", "127.0.0.1 *", "127.0.0.1 tower", ",", "* *"),
    *("https://dash.example.com", "a b", "a  b:80 ", "nas:8123", "https://a/b", "[fd00::1]:80", "user@host", "*"),
    *("/etc/ssl/ca.pem", "etc/ssl", "uma", "home/uma-1", "uma/", "uma/#", "x" * 64, "x" * 65, "größe", "a\tb"),
    *('quo"te', "dollar$(reboot)", "back`tick`", "back\\slash", "new\nline", "<b>", "a'b", "x" * 300),
)
UNSAFE = re.compile(r'["\\`$\x00-\x1f\x7f]')


def test_the_form_allows_what_the_daemon_takes(machine: Machine) -> None:
    """The form allows the values that the daemon accepts, except those that a shell or the file would misread."""
    asked = [(key, value) for key in RULES for value in SAMPLES]
    for (key, value), is_allowed in zip(asked, machine.allowed(asked), strict=True):
        if is_allowed is None:
            continue
        is_taken = RULES[key].value_of(value) is not None and not UNSAFE.search(value)
        assert is_allowed == is_taken, (key, value)


@pytest.mark.parametrize(
    ("version", "has_header"),
    [("6.12.15", False), ("7.0.1", False), ("7.1.4", False), ("7.2.0", True), ("7.2.0-beta.1", True), ("7.3.3", True)],
)
def test_the_tile_has_the_head_of_its_unraid(machine: Machine, version: str, has_header: bool) -> None:
    """From 7.2 on a tile has another head; either way it is one tbody with a title that stays, and rows."""
    machine.set_version(version)

    html = machine.render("UmaDash")

    (tbody,) = Parsed(html).all("tbody")
    assert tbody["title"] == "Unraid Management Agent"
    assert ("tile-header-right-controls" in html) is has_header
    assert html.startswith("<tbody ")
    assert html.endswith("</tbody>")
    assert 'href="/Dashboard/Settings/UmaSettings"' in html


def test_a_tile_that_can_not_be_made_is_none(machine: Machine) -> None:
    """Any fault costs only the tile, not the Dashboard."""
    path = machine.plugin / "include/Uma/Config.php"
    path.write_text(
        "<?php\nnamespace Uma;\nfinal class Config { static function read() { throw new \\Error('no'); } }\n"
    )
    done = subprocess.run(
        ["php", "-n", "-d", "error_log=/dev/null", HERE / "render.php", machine.docroot, "UmaDash"],
        input="{}",
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(UMA_ROOT=str(machine.root)),
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_assets_are_named_by_their_content(machine: Machine) -> None:
    """Linked files exist, and have a different address for each content."""
    for page in PAGES:
        for path, mark in re.findall(r'(?:src|href)="/plugins/uma/([^"?]+)\?v=([^"]+)"', machine.render(page)):
            before = machine.plugin.joinpath(path).read_bytes()
            machine.plugin.joinpath(path).write_bytes(before + b"\n")
            after = re.findall(re.escape(path) + r'\?v=([^"]+)"', machine.render(page))
            assert mark != "none"
            assert after != [mark], path


def test_the_stopped_daemon_is_reported(machine: Machine) -> None:
    """Without a daemon the settings page shows that and offers to start it, not to stop it."""
    parsed = Parsed(machine.render("UmaSettings"))
    is_off: Mapping[str | None, bool] = {
        button.get("data-action"): "disabled" in button for button in parsed.all("button")
    }

    assert (is_off["start"], is_off["stop"], is_off["restart"]) == (False, True, True)
    assert any(each.get("class") == "fa fa-circle orb red-orb" for each in parsed.all("i"))


def test_a_row_of_the_settings_file_is_a_row_of_the_form(machine: Machine) -> None:
    """A setting of a new feed is on the form and is judged by its rule, by data alone."""
    path = machine.plugin / "settings.json"
    sections = json.loads(path.read_text())
    row = {"key": "LAMP_INTERVAL", "label": "Lamp", "help": "H.", "default": "5", "wanted": "w", "least": 2, "most": 9}
    sections[1]["settings"].append(row)
    path.write_text(json.dumps(sections))
    with (machine.plugin / "default.cfg").open("a") as file:
        file.write('LAMP_INTERVAL="5"\n')

    inputs = {each.get("name"): each for each in Parsed(machine.render("UmaSettings")).all("input")}

    assert (inputs["LAMP_INTERVAL"]["min"], inputs["LAMP_INTERVAL"]["max"]) == ("2", "9")
    assert inputs["LAMP_INTERVAL"]["value"] == "5"
    assert machine.allowed([("LAMP_INTERVAL", "9"), ("LAMP_INTERVAL", "1")]) == [True, False]


@pytest.mark.parametrize(
    "line",
    [
        'MQTT_HOST="a.lan"',
        "MQTT_HOST='a.lan'",
        'MQTT_HOST = "a.lan" # the old one',
        "MQTT_HOST='a.lan' ; the old one",
        "MQTT_HOST=a.lan#the old one",
        "\tMQTT_HOST=a.lan\r",
        'MQTT_HOST="a.lan"\nMQTT_HOST="b.lan"',
        'MQTT_HOST="a.lan"\nMQTT_HOST=b lan',
        '\ufeffMQTT_HOST="a.lan"',
        '[broker]\nMQTT_HOST="a.lan"',
        '#MQTT_HOST="a.lan"',
        'MQTT_HOST="a.lan" b',
        "MQTT_HOST=",
    ],
)
def test_the_form_shows_what_the_daemon_reads(machine: Machine, line: str) -> None:
    """A line that somebody typed into uma.cfg means the same on the page and in the daemon."""
    machine.configure(f"{line}\n")
    config, _ = parse_config(f"{line}\n", source="uma.cfg")

    inputs = {each.get("name"): each.get("value") for each in Parsed(machine.render("UmaSettings")).all("input")}

    assert inputs["MQTT_HOST"] == config.mqtt_host


@pytest.mark.parametrize("text", ["", "{", "7", "null"])
def test_a_damaged_settings_file_breaks_no_page(machine: Machine, text: str) -> None:
    """The page is made without its rows, and its buttons are there."""
    (machine.plugin / "settings.json").write_text(text)

    assert len(Parsed(machine.render("UmaSettings")).all("button")) > 3
