"""The platform with a scripted server: templates, faults, TLS, one connection for many sensors."""

import asyncio
import datetime
import ipaddress
import itertools
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from custom_components.websocket import connection
from custom_components.websocket import sensor as sensor_platform
from custom_components.websocket.sensor import PLATFORM_SCHEMA
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry
from peers import Server, set_up, until, until_state

SENSOR = "sensor.one"
TEMPLATE = "{{ value_json.data.x }}"


async def set_up_sensors(hass: HomeAssistant, *sensors: dict) -> None:
    """Set up sensors: ``one``, ``two``, … with *sensors*' options each."""
    names = ("One", "Two", "Three", "Four")
    await set_up(
        hass,
        {
            "sensor": [
                {"platform": "websocket", "name": name} | options for name, options in zip(names, sensors, strict=False)
            ]
        },
    )


async def connected(hass: HomeAssistant, server: Server, **options: object) -> None:
    """Set up sensor ``one`` for the server's ``data.x`` and wait until it has connected."""
    await set_up_sensors(hass, {"resource": server.url, "value_template": TEMPLATE} | options)
    await server.until_clients(1)
    await until_state(hass, SENSOR, STATE_UNKNOWN)


@pytest.mark.parametrize(
    "text",
    ['{"data":{}}', '{"data":{"x":null}}', '{"other":1}', "[1,2]", "null", "3", '"text"', "no JSON", "", '{"data":'],
)
async def test_message_that_does_not_fit_is_unknown(hass: HomeAssistant, server: Server, warnings, text: str):
    """A message without the template's field makes the state unknown, and the next good one gives a value."""
    await connected(hass, server)
    await server.send('{"data":{"x":1}}')
    await until_state(hass, SENSOR, "1")
    for _ in range(3):
        await server.send(text)
    await until_state(hass, SENSOR, STATE_UNKNOWN)
    await server.send('{"data":{"x":2}}')
    await until_state(hass, SENSOR, "2")
    assert len(warnings()) <= 2, "said once, not with each message"
    assert len(server.requests) == 1


async def test_missing_field_is_named_once(hass: HomeAssistant, server: Server, warnings):
    """A template that fits no message is logged once, by sensor and field."""
    await connected(hass, server)
    for value in range(5):
        await server.send(f'{{"data":{{"y":{value}}}}}')
    await server.send('{"data":{"x":"end"}}')
    await until_state(hass, SENSOR, "end")
    (warning,) = warnings()
    assert warning.startswith(f"{SENSOR}: ")
    assert "'x'" in warning


async def test_template_that_fails_is_unknown(hass: HomeAssistant, server: Server, warnings):
    """An error in a template affects only its own state."""
    await connected(hass, server, value_template="{{ 10 / value_json.data.x }}")
    await server.send('{"data":{"x":4}}')
    await until_state(hass, SENSOR, "2.5")
    await server.send('{"data":{"x":0}}')
    await until_state(hass, SENSOR, STATE_UNKNOWN)
    await server.send('{"data":{"x":5}}')
    await until_state(hass, SENSOR, "2.0")
    (warning,) = warnings()
    assert "ZeroDivisionError" in warning


@pytest.mark.parametrize("value", ['"warm"', '"nan"', '"inf"', "[1]", '""', '"unavailable"'])
async def test_no_number_where_one_is_due_is_unknown(hass: HomeAssistant, server: Server, value: str):
    """With a unit only numbers are valid states."""
    await connected(hass, server, unit_of_measurement="°C")
    await server.send('{"data":{"x":-3.5}}')
    await until_state(hass, SENSOR, "-3.5")
    await server.send(f'{{"data":{{"x":{value}}}}}')
    await until_state(hass, SENSOR, STATE_UNKNOWN)
    await server.send('{"data":{"x":41}}')
    await until_state(hass, SENSOR, "41")
    assert len(server.requests) == 1


@pytest.mark.no_fail_on_log_exception
async def test_refused_state_costs_no_other_sensor(
    hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """If Home Assistant refuses a state, the log names the sensor; connection and other sensors continue."""
    monkeypatch.setattr(sensor_platform, "_is_number", lambda text: True)
    one = {"resource": server.url, "value_template": TEMPLATE, "unit_of_measurement": "°C"}
    await set_up_sensors(hass, one, one | {"value_template": "{{ value_json.data.y }}"})
    await server.until_clients(1)
    await server.send('{"data":{"x":"warm","y":1}}')
    await until_state(hass, "sensor.two", "1")
    assert f"{SENSOR}: Home Assistant does not take its state" in caplog.text
    await server.send('{"data":{"x":2,"y":3}}')
    await until_state(hass, "sensor.one", "2")
    assert len(server.requests) == 1


async def test_text_too_long_is_unknown(hass: HomeAssistant, server: Server, warnings):
    """A text longer than Home Assistant's states is unknown, and the log gives the remedy."""
    await set_up_sensors(hass, {"resource": server.url})
    await server.until_clients(1)
    await server.send("x" * 255)
    await until_state(hass, SENSOR, "x" * 255)
    await server.send("x" * 256)
    await until_state(hass, SENSOR, STATE_UNKNOWN)
    assert [text for text in warnings() if "value_template" in text]


async def test_binary_frames_are_passed_over(hass: HomeAssistant, server: Server):
    """A binary frame changes nothing, not even one of JSON."""
    await connected(hass, server)
    states = []
    hass.bus.async_listen("state_changed", callback(lambda event: states.append(event.data["new_state"].state)))
    await server.send('{"data":{"x":1}}')
    await server.send_bytes(b'{"data":{"x":7}}')
    await server.send_bytes(b"\xff")
    await server.send('{"data":{"x":2}}')
    await until_state(hass, SENSOR, "2")
    await hass.async_block_till_done()
    assert states == ["1", "2"]
    assert len(server.requests) == 1


async def test_timestamps(hass: HomeAssistant, server: Server):
    """With device class timestamp RFC 3339 text is a point in time; anything else is unknown."""
    await connected(hass, server, device_class="timestamp")
    await server.send('{"data":{"x":"2025-06-15T23:00:00Z"}}')
    await until_state(hass, SENSOR, "2025-06-15T23:00:00+00:00")
    await server.send('{"data":{"x":"yesterday"}}')
    await until_state(hass, SENSOR, STATE_UNKNOWN)
    assert len(server.requests) == 1


async def test_descriptions_of_a_sensor_are_used(hass: HomeAssistant, server: Server):
    """Unit, device class and state class are attributes; the unique id is in the registry."""
    await connected(
        hass,
        server,
        unit_of_measurement="°C",
        device_class="temperature",
        state_class="measurement",
        unique_id="disk1",
    )
    attributes = hass.states.get(SENSOR).attributes
    assert attributes["unit_of_measurement"] == "°C"
    assert attributes["device_class"] == "temperature"
    assert attributes["state_class"] == "measurement"
    assert entity_registry.async_get(hass).async_get_entity_id("sensor", "websocket", "disk1") == SENSOR


async def test_equal_addresses_share_a_connection(hass: HomeAssistant, server: Server):
    """Sensors with the same resource and headers share one connection; other headers have, and send, their own."""
    same = {"resource": server.url, "value_template": TEMPLATE}
    await set_up_sensors(hass, same, same, same | {"headers": {"X-One": "1"}}, same | {"headers": {"X-One": "1"}})
    await server.until_clients(2)
    await server.send('{"data":{"x":5}}')
    for name in ("one", "two", "three", "four"):
        await until_state(hass, f"sensor.{name}", "5")
    assert sorted(headers.get("X-One", "") for headers in server.headers) == ["", "1"]


async def add_late(hass: HomeAssistant, sensor: dict) -> None:
    """Set up sensor ``late`` while Home Assistant runs."""
    configuration = PLATFORM_SCHEMA({"platform": "websocket", "name": "Late"} | sensor)
    await hass.data["entity_components"]["sensor"].async_setup({"sensor": [configuration]})
    await hass.async_block_till_done()


async def test_sensor_added_later_has_the_newest_message(hass: HomeAssistant, server: Server):
    """A sensor that joins a connection has its value at once."""
    server.first_words = '{"data":{"x":5}}'
    sensor = {"resource": server.url, "value_template": TEMPLATE}
    await set_up_sensors(hass, sensor)
    await until_state(hass, SENSOR, "5")
    await add_late(hass, sensor)
    await until_state(hass, "sensor.late", "5")
    assert len(server.requests) == 1


async def test_last_sensor_removed_closes_the_connection(hass: HomeAssistant, server: Server):
    """Without a sensor the connection is closed, and a later sensor does not show its last value."""
    same = {"resource": server.url, "value_template": TEMPLATE}
    await set_up_sensors(hass, same, same)
    await server.until_clients(1)
    component = hass.data["entity_components"]["sensor"]
    await component.async_remove_entity("sensor.one")
    await server.send('{"data":{"x":5}}')
    await until_state(hass, "sensor.two", "5")
    await component.async_remove_entity("sensor.two")
    await server.until_clients(0)
    server.refuses_with = 503
    await add_late(hass, same)
    assert hass.states.get("sensor.late").state == STATE_UNAVAILABLE
    await until(lambda: len(server.requests) == 2)


async def test_shutdown_takes_leave(hass: HomeAssistant, server: Server):
    """A stop of Home Assistant closes the connection properly, and no client reconnects."""
    await connected(hass, server)
    await hass.async_stop(force=True)
    await server.until_clients(0)
    assert server.closed == [1000]


async def test_value_from_before_an_outage_is_not_shown(hass: HomeAssistant, server: Server, warnings):
    """After a reconnection the state is unknown until a message: it may have changed meanwhile."""
    await connected(hass, server)
    await server.send('{"data":{"x":5}}')
    await until_state(hass, SENSOR, "5")
    await server.stop()
    await until_state(hass, SENSOR, STATE_UNAVAILABLE)
    await server.start()
    await until_state(hass, SENSOR, STATE_UNKNOWN)
    assert [text for text in warnings() if "it was closed with code" in text]


def test_delays_double_up_to_a_minute():
    """The waits between attempts."""
    assert list(itertools.islice(connection.delays(), 9)) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("refusal", [None, 401, 503])
async def test_server_that_drops_everybody_is_not_hammered(
    hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch, warnings, refusal: int | None
):
    """A server that refuses, or accepts and closes at once, is tried ever more rarely; the log gives the
    reason once.
    """
    monkeypatch.setattr(connection, "FIRST_DELAY", 0.05)
    server.drops_everybody = True
    server.refuses_with = refusal
    await set_up_sensors(hass, {"resource": server.url, "value_template": TEMPLATE})
    await until(lambda: len(server.requests) == 5)
    gaps = [after - before for before, after in itertools.pairwise(server.requests)]
    assert all(gap >= least for gap, least in zip(gaps, (0.05, 0.1, 0.2, 0.4), strict=True))
    (warning,) = warnings()
    assert ("closed with code 1000" if refusal is None else str(refusal)) in warning


async def test_waits_start_again_after_a_message(hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch):
    """A server that worked in between is retried after the shortest wait, and then ever more rarely."""
    monkeypatch.setattr(connection, "FIRST_DELAY", 0.2)
    server.refuses_with = 503
    await set_up_sensors(hass, {"resource": server.url, "value_template": TEMPLATE})
    await until(lambda: len(server.requests) == 3)
    server.refuses_with, server.first_words = None, '{"data":{"x":1}}'
    await until_state(hass, SENSOR, "1")
    before = len(server.requests)
    server.refuses_with = 503
    closed = asyncio.get_running_loop().time()
    await server.clients[0].close()
    await until(lambda: len(server.requests) == before + 3)
    first, second, third = server.requests[before:]
    # The next wait of the first series would have been 1.6 s.
    assert first - closed < 1.2
    assert second - first >= 0.4
    assert third - second >= 0.8


async def test_frozen_server_is_unavailable(hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch):
    """A server that keeps the connection and answers no ping is gone: its cable may be cut."""
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 0.4)
    server.answers_pings = False
    server.first_words = '{"data":{"x":1}}'
    await set_up_sensors(hass, {"resource": server.url, "value_template": TEMPLATE})
    await until_state(hass, SENSOR, "1")
    await until_state(hass, SENSOR, STATE_UNAVAILABLE)


async def test_server_that_never_answers_the_handshake(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, warnings):
    """A server that accepts connections and stays silent is unavailable, and the log says so."""
    monkeypatch.setattr(connection, "HANDSHAKE_SECONDS", 0.2)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    await set_up_sensors(hass, {"resource": f"ws://127.0.0.1:{port}/"})
    await until(lambda: [text for text in warnings() if "no answer" in text])
    assert hass.states.get(SENSOR).state == STATE_UNAVAILABLE
    await hass.async_stop(force=True)
    silent.close()


async def test_secrets_stay_out_of_the_log(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture, warnings
):
    """A token in the address or in a header is in no log line when the server refuses it."""
    server.refuses_with = 401
    await set_up_sensors(
        hass, {"resource": f"{server.url}?token=in-query", "headers": {"Authorization": "Bearer in-header"}}
    )
    await until(warnings)
    assert "401" in warnings()[0]
    assert "in-query" not in "".join(text for text in warnings())
    assert "in-header" not in caplog.text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"resource": "http://127.0.0.1/"}, "ws:// or wss://"),
        ({"resource": "ws://"}, "ws:// or wss://"),
        ({"resource": "ws://127.0.0.1:notaport/"}, "not an address"),
        ({}, "resource"),
        ({"resource": "ws://h/", "headers": {"X": "a\r\nY: b"}}, "line breaks"),
        ({"resource": "ws://h/", "headers": {"X Y": "a"}}, "headers->X Y"),
        ({"resource": "ws://h/", "device_class": "timestamp", "unit_of_measurement": "s"}, "unit_of_measurement"),
        ({"resource": "ws://h/", "device_class": "nonsense"}, "device_class"),
        ({"resource": "ws://h/", "value_template": "{{ value_json. }}"}, "template"),
        ({"resource": "ws://h/", "colour": "red"}, "colour"),
    ],
)
async def test_wrong_configuration_is_named(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture, options: dict, says: str
):
    """A wrong option is named in Home Assistant's log, and the other sensors are set up."""
    good = {"platform": "websocket", "name": "Good", "resource": server.url, "value_template": TEMPLATE}
    await set_up(hass, {"sensor": [{"platform": "websocket", "name": "Wrong"} | options, good]})
    await until_state(hass, "sensor.good", STATE_UNKNOWN)
    assert hass.states.get("sensor.wrong") is None
    assert says in "".join(record.getMessage() for record in caplog.records if record.levelname == "ERROR")


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that no CA has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tower")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def test_tls(hass: HomeAssistant, make_server, own_certificate: ssl.SSLContext, warnings):
    """wss works; an untrusted certificate is refused, and accepted with verify_ssl: false."""
    loop = asyncio.get_running_loop()
    report = hass.loop._exception_handler  # the test kit's: it fails the test

    def report_all_but_refusals(loop: asyncio.AbstractEventLoop, context: dict) -> None:
        # What the server's side of a refused handshake says in this same loop.
        if not isinstance(context.get("exception"), ConnectionResetError | ssl.SSLError):
            report(loop, context)

    loop.set_exception_handler(report_all_but_refusals)
    server = await make_server(own_certificate)
    server.first_words = '{"data":{"x":1}}'
    sensor = {"resource": server.url, "value_template": TEMPLATE}
    await set_up_sensors(hass, sensor, sensor | {"verify_ssl": False})
    await until_state(hass, "sensor.two", "1")
    await until_state(hass, "sensor.one", STATE_UNAVAILABLE)
    await until(lambda: [text for text in warnings() if "CERTIFICATE_VERIFY_FAILED" in text])
