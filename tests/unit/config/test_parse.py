"""The text of uma.cfg becomes one Config and a list of problems."""

from dataclasses import fields, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.feeds import RULES, config_of, parse_config, problem_of
from uma.config.model import GUARDS, NOBODY, Config
from uma.config.parse import MAX_PROBLEMS
from uma.core_settings import CORE

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def parsed(text: str) -> Config:
    config, problems = parse_config(text, source="uma.cfg")
    assert problems == []
    return config


def test_defaults_are_the_contract():
    """An empty file gives the defaults of docs/settings.md."""
    assert parsed("") == config_of(
        service="enable",
        bind="0.0.0.0",
        port=34600,
        system_stats=True,
        docker_events=True,
        storage_status=True,
        stats_interval=5,
        storage_interval=30,
        max_connections=100,
        exec_events=False,
        smart="cached",
        metrics=True,
        allowed_origins=(),
        token_sha256="",
        control=False,
        mqtt_host="",
        mqtt_port=1883,
        mqtt_tls=False,
        mqtt_ca_file="",
        mqtt_user="",
        mqtt_prefix="uma",
        log_level="info",
    )


@pytest.mark.parametrize(
    ("text", "bind"),
    [
        ("*", "*"),
        ("10.0.0.2 fd00::1", "10.0.0.2 fd00::1"),
        ("10.0.0.2, 10.0.0.2,::", "10.0.0.2 ::"),
        ("  10.0.0.2  ", "10.0.0.2"),
        ("0.0.0.0 10.0.0.2", "0.0.0.0"),
        ("10.0.0.2 fd00::1 0.0.0.0", "fd00::1 0.0.0.0"),
        (":: fd00::1 10.0.0.2", ":: 10.0.0.2"),
        ("0.0.0.0 ::", "0.0.0.0 ::"),
    ],
)
def test_several_addresses(text: str, bind: str):
    """BIND takes a list, with blanks or commas between, and * for every address; what another includes is left out."""
    assert parse_config(f'BIND="{text}"', source="uma.cfg") == (Config(bind=bind), [])


@pytest.mark.parametrize("text", ["10.0.0.2 tower", "* 10.0.0.2", ",", "10.0.0.2;10.0.0.3"])
def test_a_list_with_a_fault(text: str):
    """One invalid address in the list closes UMA to the LAN, like an invalid BIND."""
    config, problems = parse_config(f'BIND="{text}"', source="uma.cfg")

    assert config.bind == "127.0.0.1"
    assert len(problems) == 1


def test_each_field_has_its_rule():
    """Each field of Config has a rule under its name in capitals, and each rule has a field."""
    own = [field.name.upper() for field in fields(Config) if field.name != "feeds"]

    assert own == [setting.key for setting in CORE]
    assert Config() == Config(**{setting.key.lower(): setting.default for setting in CORE})


def test_every_key_is_read():
    """Each key takes a value other than its default."""
    text = f"""
SERVICE="disable"
BIND="192.168.1.5"
PORT="8080"
SYSTEM_STATS="no"
DOCKER_EVENTS="no"
STORAGE_STATUS="no"
STATS_INTERVAL="1"
STORAGE_INTERVAL="3600"
MAX_CONNECTIONS="1000"
EXEC_EVENTS="yes"
SMART="query"
METRICS="no"
WEBGUI="no"
ALLOWED_ORIGINS="https://dash.example.com  nas.example.com:8123 chrome-extension://abcdef [fd00::1]:80"
TOKEN_SHA256="{SHA256.upper()}"
MQTT_HOST="broker.lan"
MQTT_PORT="8883"
MQTT_TLS="yes"
MQTT_CA_FILE="/boot/config/ssl/ca of mine.pem"
MQTT_USER="tower's"
MQTT_PREFIX="home/uma"
LOG_LEVEL="debug"
"""

    assert parsed(text) == config_of(
        service="disable",
        bind="192.168.1.5",
        port=8080,
        system_stats=False,
        docker_events=False,
        storage_status=False,
        stats_interval=1,
        storage_interval=3600,
        max_connections=1000,
        exec_events=True,
        smart="query",
        metrics=False,
        webgui=False,
        allowed_origins=(
            "https://dash.example.com",
            "nas.example.com:8123",
            "chrome-extension://abcdef",
            "[fd00::1]:80",
        ),
        token_sha256=SHA256,
        mqtt_host="broker.lan",
        mqtt_port=8883,
        mqtt_tls=True,
        mqtt_ca_file="/boot/config/ssl/ca of mine.pem",
        mqtt_user="tower's",
        mqtt_prefix="home/uma",
        log_level="debug",
    )


@pytest.mark.parametrize(
    "text",
    [
        'PORT="8080"',
        'PORT="8080"\r\n',
        '\ufeffPORT="8080"\n',
        '\n\n# PORT="1"\n; PORT="2"\n  # indented\nPORT="8080"',
        "PORT=8080",
        "PORT='8080'",
        ' PORT = " 8080 " ',
        'PORT="8080" # ours',
        "PORT=8080;",
        'PORT="08080"',
    ],
)
def test_forms_of_a_line(text: str):
    """Comments, CRLF, a byte order mark, blanks, bare and quoted values are all read."""
    assert parsed(text).port == 8080


@pytest.mark.parametrize(
    "line",
    [
        'PORT="0"',
        'PORT="65536"',
        'PORT="-1"',
        'PORT="1e3"',
        'PORT="8080.0"',
        'PORT="1_0"',
        'PORT="٣"',
        'PORT="99999999999999999999999999"',
        'PORT=""',
        'STATS_INTERVAL="0"',
        'STATS_INTERVAL="3601"',
        'STORAGE_INTERVAL="4"',
        'STORAGE_INTERVAL="3601"',
        'MAX_CONNECTIONS="0"',
        'MAX_CONNECTIONS="1001"',
        'SYSTEM_STATS="true"',
        'SYSTEM_STATS=""',
        'EXEC_EVENTS="YES"',
        'SERVICE="start"',
        'SMART="always"',
        'LOG_LEVEL="loud"',
        'BIND="localhost"',
        'BIND="192.168.1"',
        'BIND="192.168.1.5:80"',
        'BIND=""',
        'ALLOWED_ORIGINS="*"',
        'ALLOWED_ORIGINS="https://ok.example https://two/paths"',
        'ALLOWED_ORIGINS="user@host"',
        'TOKEN_SHA256="abc"',
        f'TOKEN_SHA256="{SHA256}0"',
        'MQTT_HOST="mqtt://broker.lan"',
        'MQTT_HOST="broker.lan:1883"',
        'MQTT_HOST="two bro!kers"',
        'MQTT_HOST="1 2 3 4 5 6 7 8 9"',
        'MQTT_PORT="0"',
        'MQTT_TLS="on"',
        'MQTT_CA_FILE="ca.pem"',
        'MQTT_USER="a\x07b"',
        'MQTT_PREFIX=""',
        'MQTT_PREFIX="uma/"',
        'MQTT_PREFIX="/uma"',
        'MQTT_PREFIX="uma/#"',
        'MQTT_PREFIX="$SYS"',
        f'MQTT_PREFIX="{"a" * 65}"',
    ],
)
def test_value_out_of_range(line: str):
    """A value out of range is an error that names its line and key, and the key has its default."""
    problem = problem_of("\n" + line)

    assert (problem.source, problem.line, problem.is_error) == ("uma.cfg", 2, True)
    assert problem.key == line.partition("=")[0]


@pytest.mark.parametrize(
    "line", ["[uma]", "PORT", '="1"', 'PORT="1', 'PORT="a"b"', "PORT=80 81", "2PORT=1", "export PORT=1"]
)
def test_broken_line(line: str):
    """A line that is not an assignment is an error without a key; its text, which may be secret, is not quoted."""
    problem = problem_of(line)

    assert (problem.line, problem.key, problem.is_error) == (1, "", True)
    assert line not in problem.message


@pytest.mark.parametrize("key", ["UPS", "MCP_ENABLED", "MCP_PORT", "port"])
def test_unknown_key(key: str):
    """A key of another version is reported without its value, and is not an error."""
    problem = problem_of(f'{key}="hunter2"')

    assert (problem.line, problem.key, problem.is_error) == (1, key, False)
    assert "hunter2" not in str(problem)


def test_last_of_two_counts():
    """The last line of a repeated key counts, as in the webGUI, and both lines are reported."""
    config, problems = parse_config('PORT="1"\nPORT="2"', source="uma.cfg")

    assert config.port == 2
    assert [str(problem) for problem in problems] == [
        "uma.cfg, line 2: PORT: is set in line 1 already; this line counts"
    ]


def test_last_of_two_is_wrong():
    """An invalid last value of a repeated key gives the default, not the first value."""
    config, problems = parse_config('PORT="1"\nPORT="x"', source="uma.cfg")

    assert config.port == 34600
    assert len(problems) == 2


def test_one_problem_costs_nothing_else():
    """All problems are listed, in order, and every valid line counts."""
    config, problems = parse_config('PORT="x"\nUPS="y"\nnoise\nSMART="off"\nBIND="z"', source="uma.cfg")

    assert config == config_of(smart="off", bind="127.0.0.1")
    assert [(problem.line, problem.key) for problem in problems] == [(1, "PORT"), (2, "UPS"), (3, ""), (5, "BIND")]


@pytest.mark.parametrize("host", ["broker.lan", "broker", "192.168.1.5", "fd00::1", "core-mosquitto"])
def test_broker_by_name_or_address(host: str):
    """A broker is named by host name, IPv4 or IPv6 address."""
    assert parsed(f'MQTT_HOST="{host}"').mqtt_host == host


def test_noise_is_bounded():
    """A damaged file gives a bounded list that shows how many problems it leaves out."""
    _, problems = parse_config("noise\n" * 5000, source="uma.cfg")

    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].message == "4900 more problems are not listed"


@given(st.text())
@example("PORT=" + "9" * 5000)
@example('BIND="fe80::1%' + "x" * 5000)
def test_any_text(text: str):
    """No text makes the parser raise or leave a setting outside its rule."""
    config, problems = parse_config(text, source="uma.cfg")

    for rule in RULES.values():
        value = config.of(rule)
        text_of = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        assert rule.value_of(" ".join(text_of) if isinstance(text_of, tuple) else str(text_of)) == value
    assert all(str(problem).isprintable() for problem in problems)


@given(st.dictionaries(st.sampled_from([*RULES, "X"]), st.text(st.characters(exclude_characters='"\n\r'), max_size=20)))
def test_any_assignments(values: dict[str, str]):
    """No value of any key makes the parser raise; each is accepted, or reported and left at its default."""
    config, problems = parse_config("\n".join(f'{key}="{text}"' for key, text in values.items()), source="s")
    named = {problem.key for problem in problems}
    guarded = {name.upper() for key in named if key in GUARDS for name in GUARDS[key].values}

    for key in RULES:
        if key in named and key in GUARDS:
            assert {name: getattr(config, name) for name in GUARDS[key].values} == GUARDS[key].values
        elif (key not in values or key in named) and key not in guarded:
            assert config.of(RULES[key]) == RULES[key].default


@pytest.mark.parametrize("key", sorted(GUARDS))
def test_a_guard_cut_after_its_key_stays_closed(key: str):
    """The webGUI writes quotes: a bare ``TOKEN_SHA256=`` is the end of a damaged file, not the wish for no token."""
    config, problems = parse_config(f"{key}=", source="uma.cfg")

    assert {name: getattr(config, name) for name in GUARDS[key].values} == GUARDS[key].values
    assert [problem.is_closed for problem in problems] == [True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('TOKEN_SHA256="hunter2"', {"token_sha256": NOBODY}),
        (f'TOKEN_SHA256="{SHA256[:60]}"', {"token_sha256": NOBODY}),
        (f'TOKEN_SHA256="{SHA256}', {"token_sha256": NOBODY}),
        (f"TOKEN_SHA256 {SHA256}", {"token_sha256": NOBODY}),
        (f'TOKEN_SHA256="{SHA256}" x', {"token_sha256": NOBODY}),
        (f'TOKEN_SHA256="{SHA256}"\nTOKEN_SHA256="{SHA256}', {"token_sha256": NOBODY}),
        (f'TOKEN_SHA256="x"\nTOKEN_SHA256="{SHA256}"', {"token_sha256": SHA256}),
        ('TOKEN_SHA256="x"\nTOKEN_SHA256=""', {"token_sha256": ""}),
        ('BIND="127.0.0.1', {"bind": "127.0.0.1"}),
        ('BIND="10.0.0.256"', {"bind": "127.0.0.1"}),
        ("BIND eth0", {"bind": "127.0.0.1"}),
        ('MQTT_HOST="broker"\nMQTT_TLS="true"', {"mqtt_host": ""}),
        ('MQTT_TLS="yes\nMQTT_HOST="broker"', {"mqtt_host": ""}),
        ('MQTT_HOST="broker"\nMQTT_CA_FILE="ca.pem"', {"mqtt_host": ""}),
        ('MQTT_TLS="x"\nMQTT_HOST="broker"\nMQTT_TLS="yes"', {"mqtt_host": "broker", "mqtt_tls": True}),
    ],
)
def test_security_settings_fail_closed(text: str, expected: dict[str, object]):
    """An invalid or broken line of a security setting opens nothing; a valid later line counts."""
    config, problems = parse_config(text, source="uma.cfg")

    assert config == replace(Config(), **expected)
    assert problems
