"""The config flow of the integration: each entry, each error, and each end."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import pytest_socket
from aiohttp.test_utils import unused_port
from custom_components.uma import config_flow
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, SOURCE_ZEROCONF, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from odd_server import ID, OddServer, friendly, introduction
from pytest_homeassistant_custom_component.common import MockConfigEntry
from servers import TOKEN, add, data_of, in_thread, read
from tests.integration.certificates import Authority
from tests.integration.daemon import Daemon


@pytest.fixture(autouse=True)
async def unload(hass: HomeAssistant) -> AsyncIterator[None]:
    """Unload every entry at the end."""
    yield
    for entry in hass.config_entries.async_entries("uma"):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


async def begin(hass: HomeAssistant) -> str:
    result = await hass.config_entries.flow.async_init("uma", context={"source": SOURCE_USER})
    assert (result["type"], result["step_id"], result["errors"]) == (FlowResultType.FORM, "user", {})
    return result["flow_id"]


def found(server_id: str | None, address: dict[str, Any], **properties: str) -> ZeroconfServiceInfo:
    """An announcement as avahi sends it."""
    ip = ip_address(address["host"])
    return ZeroconfServiceInfo(
        ip_address=ip,
        ip_addresses=[ip],
        hostname="tower.local.",
        name="tower._uma._tcp.local.",
        port=address["port"],
        properties=properties if server_id is None else {"id": server_id, **properties},
        type="_uma._tcp.local.",
    )


async def discover(hass: HomeAssistant, info: ZeroconfServiceInfo) -> Any:
    return await hass.config_entries.flow.async_init("uma", context={"source": SOURCE_ZEROCONF}, data=info)


def with_token(daemon: Daemon, token: str = TOKEN) -> Daemon:
    daemon.configure(TOKEN_SHA256=hashlib.sha256(token.encode()).hexdigest())
    return daemon


ERRORS = {
    "invalid_auth": {"/api/v1/server/info": introduction(auth="token"), "/api/v1/health": (401, {"detail": "token"})},
    "host_unknown": {"/api/v1/server/info": (421, {"detail": "not my name"})},
    "too_old": {},
    "unavailable": {"/api/v1/server/info": (503, {"detail": "SERVER_INFO=no"})},
    "not_uma": {"/api/v1/server/info": (200, "<html>a router</html>")},
}
NOT_UMA = [
    (200, []),
    (200, {"data": 3}),
    introduction(None),
    introduction(""),
    introduction(17),
    (500, "broken"),
    (404, "a router's page"),
    (302, {"moved": 1}),
    (200, "{"),
]


async def test_by_hand(hass: HomeAssistant, steady_demo: Daemon):
    """A server is added by its address, and not twice."""
    result = await hass.config_entries.flow.async_configure(await begin(hass), data_of(steady_demo))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["title"], result["data"]) == ("Tower", data_of(steady_demo))
    await hass.async_block_till_done()
    (entry,) = hass.config_entries.async_entries("uma")
    assert entry.unique_id == (await in_thread(hass, read, steady_demo, "server/info"))["id"]
    assert entry.state is ConfigEntryState.LOADED

    again = await hass.config_entries.flow.async_configure(await begin(hass), data_of(steady_demo))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_by_hand_what_is_also_found(hass: HomeAssistant, steady_demo: Daemon):
    """A server that is offered as discovered may be added by its address instead, which ends the offer."""
    server_id = (await in_thread(hass, read, steady_demo, "server/info"))["id"]
    await discover(hass, found(server_id, data_of(steady_demo)))
    result = await hass.config_entries.flow.async_configure(await begin(hass), data_of(steady_demo))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert not hass.config_entries.flow.async_progress_by_handler("uma")


async def test_an_ignored_server(hass: HomeAssistant, steady_demo: Daemon, warnings: Callable[[], list[str]]):
    """A server whose discovery the user ignored is offered no more, and may still be added by hand."""
    server_id = (await in_thread(hass, read, steady_demo, "server/info"))["id"]
    ignored = {"unique_id": server_id, "title": "Tower"}
    await hass.config_entries.flow.async_init("uma", context={"source": SOURCE_IGNORE}, data=ignored)
    result = await discover(hass, found(server_id, data_of(steady_demo)))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    result = await hass.config_entries.flow.async_configure(await begin(hass), data_of(steady_demo))
    assert (result["type"], result["data"]) == (FlowResultType.CREATE_ENTRY, data_of(steady_demo))
    await hass.async_block_till_done()
    (entry,) = hass.config_entries.async_entries("uma")
    assert (entry.source, entry.state) == (SOURCE_USER, ConfigEntryState.LOADED)
    assert warnings() == []


@pytest.mark.parametrize("error", ERRORS)
async def test_each_error_is_shown_and_got_over(hass: HomeAssistant, steady_demo: Daemon, error: str):
    """Each error has its own words, and the same flow succeeds once it is corrected."""
    async with OddServer(ERRORS[error]) as odd:
        result = await hass.config_entries.flow.async_configure(await begin(hass), odd.address)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, {"base": error})
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data_of(steady_demo))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.mark.parametrize("answer", NOT_UMA)
async def test_other_services_than_uma(hass: HomeAssistant, answer: tuple[int, Any]):
    """Other programs' answers are reported as such."""
    async with OddServer({"/api/v1/server/info": answer}) as odd:
        result = await hass.config_entries.flow.async_configure(await begin(hass), odd.address)
    assert result["errors"] == {"base": "not_uma"}


async def test_nothing_listens(hass: HomeAssistant):
    """A refused connection and an invalid host look the same to the user."""
    flow = await begin(hass)
    for host in ("127.0.0.1", "127.0.0.1/path"):
        data = {"host": host, "port": unused_port(), "ssl": False, "verify_ssl": True}
        result = await hass.config_entries.flow.async_configure(flow, data)
        assert result["errors"] == {"base": "cannot_connect"}, host


async def test_certificate(hass: HomeAssistant, demo: Daemon, tmp_path: Path):
    """An untrusted certificate is refused, unless the user accepts it; so is http at an https port."""
    certificate, key = Authority(tmp_path / "ca").certify("IP:127.0.0.1")
    demo.configure(TLS_CERTIFICATE=certificate, TLS_KEY=key)
    await in_thread(hass, demo.start)
    flow = await begin(hass)
    result = await hass.config_entries.flow.async_configure(flow, data_of(demo))
    assert result["errors"] == {"base": "cannot_connect"}
    result = await hass.config_entries.flow.async_configure(flow, data_of(demo, ssl=True))
    assert result["errors"] == {"base": "certificate"}
    result = await hass.config_entries.flow.async_configure(flow, data_of(demo, ssl=True, verify_ssl=False))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert hass.states.get("sensor.tower_array").state == "started"


async def test_token(hass: HomeAssistant, demo: Daemon):
    """A server with a token refuses none and a wrong one, though server/info needs none."""
    await in_thread(hass, with_token(demo).start)
    flow = await begin(hass)
    for wrong in ({}, {"token": "wrong"}):
        result = await hass.config_entries.flow.async_configure(flow, data_of(demo, **wrong))
        assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(flow, data_of(demo, token=TOKEN))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert hass.states.get("sensor.tower_array").state == "started"


async def test_found(hass: HomeAssistant, steady_demo: Daemon):
    """A server that announces itself is added by one click."""
    server_id = (await in_thread(hass, read, steady_demo, "server/info"))["id"]
    result = await discover(hass, found(server_id, data_of(steady_demo)))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "confirm")
    assert result["description_placeholders"] == {"name": "Tower", "host": "127.0.0.1"}
    assert result["data_schema"].schema == {}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert (result["type"], result["title"], result["data"]) == (
        FlowResultType.CREATE_ENTRY,
        "Tower",
        data_of(steady_demo),
    )
    await hass.async_block_till_done()


async def test_found_with_a_token(hass: HomeAssistant, demo: Daemon):
    """One with a token asks for it, again if it is wrong."""
    await in_thread(hass, with_token(demo).start)
    server_id = (await in_thread(hass, read, demo, "server/info", TOKEN))["id"]
    result = await discover(hass, found(server_id, data_of(demo), auth="token"))
    assert [str(key) for key in result["data_schema"].schema] == ["token"]
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"token": "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"token": TOKEN})
    assert (result["type"], result["data"]["token"]) == (FlowResultType.CREATE_ENTRY, TOKEN)
    await hass.async_block_till_done()


async def test_found_with_tls(hass: HomeAssistant, demo: Daemon, tmp_path: Path):
    """One with a certificate of its own asks whether to trust it."""
    certificate, key = Authority(tmp_path / "ca").certify("IP:127.0.0.1")
    demo.configure(TLS_CERTIFICATE=certificate, TLS_KEY=key)
    await in_thread(hass, demo.start)
    async with hass_session(hass).get(f"https://{demo.server}/api/v1/server/info", ssl=False) as answer:
        server_id = (await answer.json())["data"]["id"]
    result = await discover(hass, found(server_id, data_of(demo), scheme="https"))
    assert [str(key) for key in result["data_schema"].schema] == ["verify_ssl"]
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"verify_ssl": True})
    assert result["errors"] == {"base": "certificate"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"verify_ssl": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["data"]["ssl"], result["data"]["verify_ssl"]) == (True, False)
    await hass.async_block_till_done()


def hass_session(hass: HomeAssistant) -> Any:
    from homeassistant.helpers.aiohttp_client import async_get_clientsession

    return async_get_clientsession(hass)


async def test_discovery_of_another_service(hass: HomeAssistant):
    """An announcement without an id, or of another server than the one that answers, leads nowhere."""
    async with OddServer(friendly("f" * 32)) as odd:
        result = await discover(hass, found(None, odd.address))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_uma")
        result = await discover(hass, found(ID, odd.address))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_server")
        odd.answers = friendly(ID)
        result = await discover(hass, found(ID, odd.address))
        odd.answers = friendly("f" * 32)
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_server")


async def test_found_that_has_gone_again(hass: HomeAssistant):
    """A server that is announced and does not answer keeps its form, and is added when it answers."""
    result = await discover(hass, found(ID, {"host": "127.0.0.1", "port": unused_port()}))
    assert result["description_placeholders"]["name"] == "tower"
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, {"base": "cannot_connect"})


async def test_a_new_address_is_taken_when_the_old_one_is_silent(hass: HomeAssistant):
    """The address follows the server, and the token is not sent to an address that is only announced."""
    old = MockConfigEntry(
        domain="uma", unique_id=ID, data={"host": "127.0.0.1", "port": unused_port(), "ssl": False, "token": TOKEN}
    )
    old.add_to_hass(hass)
    async with OddServer(friendly("f" * 32)) as impostor:
        result = await discover(hass, found(ID, impostor.address))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert old.data["port"] != impostor.address["port"]
        assert impostor.tokens == [None]
    async with OddServer(friendly()) as new:
        result = await discover(hass, found(ID, new.address))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert (old.data["port"], old.data["token"]) == (new.address["port"], TOKEN)
        await hass.async_block_till_done()
    async with OddServer(friendly()) as newest:
        # The user entered it before it was found.
        address = newest.address | {"token": "another"}
        result = await hass.config_entries.flow.async_configure(await begin(hass), address)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert old.data == address
        await hass.async_block_till_done()


async def test_a_new_address_after_the_old_one(hass: HomeAssistant):
    """An announcement that still lists the old address first is searched for the new one."""
    # The test kit allows only the first, and sets that again before each test.
    pytest_socket.socket_allow_hosts(["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    async with OddServer(friendly()) as server:
        old = MockConfigEntry(domain="uma", unique_id=ID, data=server.address | {"host": "127.0.0.2"})
        old.add_to_hass(hass)
        info = found(ID, {"host": "127.0.0.2", "port": server.address["port"]})
        addresses = [ip_address(each) for each in ("127.0.0.2", "fe80::1", "127.0.0.3", "127.0.0.1")]
        result = await discover(hass, replace(info, ip_addresses=addresses))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert old.data["host"] == "127.0.0.1"
        await hass.async_block_till_done()


async def test_a_new_address_that_answers_later(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch):
    """An address that is announced before the daemon answers there is tried again, but not for ever."""
    monkeypatch.setattr("custom_components.uma.config_flow.MEET_PAUSE_SECONDS", 0)
    identity_at, asked = config_flow.identity_at, []

    async def late_identity(hass: HomeAssistant, data: Mapping[str, Any]) -> Any:
        asked.append(data["port"])
        return await identity_at(hass, data) if len(asked) > 3 else None

    monkeypatch.setattr("custom_components.uma.config_flow.identity_at", late_identity)
    old = MockConfigEntry(domain="uma", unique_id=ID, data={"host": "127.0.0.1", "port": unused_port(), "ssl": False})
    old.add_to_hass(hass)
    async with OddServer(friendly()) as server:
        result = await discover(hass, found(ID, server.address))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert (old.data["port"], asked) == (server.address["port"], [server.address["port"]] * 4)
        await hass.async_block_till_done()
    asked.clear()
    result = await discover(hass, found(ID, {"host": "127.0.0.1", "port": unused_port()}))
    assert (result["type"], len(asked)) == (FlowResultType.ABORT, config_flow.MEET_TRIES)


async def test_a_server_that_is_deleted_while_its_new_address_is_awaited(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
):
    """The wait ends with the entry."""
    monkeypatch.setattr("custom_components.uma.config_flow.MEET_PAUSE_SECONDS", 0)
    entry = MockConfigEntry(domain="uma", unique_id=ID, data={"host": "127.0.0.1", "port": unused_port(), "ssl": False})
    entry.add_to_hass(hass)
    asked = []

    async def last_identity(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        asked.append(data["port"])
        await hass.config_entries.async_remove(entry.entry_id)

    monkeypatch.setattr("custom_components.uma.config_flow.identity_at", last_identity)
    result = await discover(hass, found(ID, {"host": "127.0.0.1", "port": unused_port()}))
    assert (result["type"], len(asked)) == (FlowResultType.ABORT, 1)


async def test_two_servers_with_one_id(hass: HomeAssistant):
    """A cloned flash drive is a repair issue, and the address stays; one server at two addresses is neither."""
    issues = ir.async_get(hass).issues
    async with OddServer(friendly()) as first, OddServer(friendly()) as second:
        entry = MockConfigEntry(domain="uma", title="Tower", unique_id=ID, data=first.address | {"token": TOKEN})
        entry.add_to_hass(hass)
        await discover(hass, found(ID, second.address))
        assert not [issue for issue in issues if issue[0] == "uma"]
        second.answers = friendly(at="2026-02-02T00:00:00Z")
        await discover(hass, found(ID, second.address))
        (issue,) = [issue for key, issue in issues.items() if key[0] == "uma"]
        assert issue.translation_key == "shared_id"
        assert issue.translation_placeholders["name"] == "Tower"
        assert entry.data["port"] == first.address["port"]
        # A server that only claims to be this one gets no token.
        assert set(second.tokens) == {None}
        # When entered by hand it is the same, and reported.
        result = await hass.config_entries.flow.async_configure(await begin(hass), second.address)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "shared_id")
        # A server that vanishes meanwhile is not treated as a clone.
        second.answers = {"/api/v1/server/info": (503, {})}
        await discover(hass, found(ID, second.address))
        # A known server at its known address.
        result = await discover(hass, found(ID, first.address))
        assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"host": " tower "}, {"host": "tower", "port": 1, "ssl": False}),
        ({"host": "http://tower:34600/"}, {"host": "tower", "port": 34600, "ssl": False}),
        ({"host": "https://tower.lan"}, {"host": "tower.lan", "port": 1, "ssl": True}),
        ({"host": "tower", "ssl": True}, {"host": "tower", "port": 1, "ssl": True}),
        ({"host": "10.0.0.2:5"}, {"host": "10.0.0.2", "port": 5, "ssl": False}),
        ({"host": "tower/fleet"}, {"host": "tower", "port": 1, "ssl": False}),
        ({"host": "tower:5/fleet"}, {"host": "tower", "port": 5, "ssl": False}),
        ({"host": "tower:"}, {"host": "tower", "port": 1, "ssl": False}),
        ({"host": "fd00::2"}, {"host": "fd00::2", "port": 1, "ssl": False}),
        ({"host": "[fd00::2]:5"}, {"host": "fd00::2", "port": 5, "ssl": False}),
        ({"host": "[fd00::2]"}, {"host": "fd00::2", "port": 1, "ssl": False}),
        ({"host": "http://"}, {"host": "http://", "port": 1, "ssl": False}),
        ({"host": "tower:port"}, {"host": "tower:port", "port": 1, "ssl": False}),
        ({"host": ""}, {"host": "", "port": 1, "ssl": False}),
    ],
)
def test_a_host_that_was_pasted(given: dict[str, Any], wanted: dict[str, Any]):
    """A pasted browser address is parsed; anything else stays unchanged."""
    from custom_components.uma.config_flow import as_address

    assert as_address({"port": 1, "ssl": False, **given}) == wanted


async def test_a_new_token(hass: HomeAssistant, demo: Daemon):
    """A changed token leads to a form that accepts only the right one; then everything is back."""
    await in_thread(hass, with_token(demo).start)
    entry = await add(hass, demo, token=TOKEN)
    await in_thread(hass, lambda: demo.reload(TOKEN_SHA256=hashlib.sha256(b"another").hexdigest()))
    from peers import until

    await until(lambda: hass.config_entries.flow.async_progress_by_handler("uma"))
    (flow,) = hass.config_entries.flow.async_progress_by_handler("uma")
    assert (flow["step_id"], flow["context"]["source"]) == ("reauth_confirm", "reauth")
    assert hass.states.get("sensor.tower_array").state == "unavailable"
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": "another"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await hass.async_block_till_done()
    assert entry.data["token"] == "another"
    await until(lambda: hass.states.get("sensor.tower_array").state == "started")


async def test_a_new_token_of_another_server(hass: HomeAssistant):
    """A token that fits another server at that address is rejected."""
    async with OddServer(friendly("f" * 32)) as odd:
        entry = MockConfigEntry(domain="uma", unique_id=ID, data=odd.address)
        entry.add_to_hass(hass)
        result = await entry.start_reauth_flow(hass)
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {"token": "x"})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_server")


async def test_reconfigure(hass: HomeAssistant, steady_demo: Daemon):
    """Another address is accepted if the same server is there, with all entities; else it gives the reason."""
    entry = await add(hass, steady_demo)
    server_id = entry.unique_id
    result = await entry.start_reconfigure_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data_of(steady_demo, port=unused_port()))
    assert result["errors"] == {"base": "cannot_connect"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data_of(steady_demo, verify_ssl=False))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await hass.async_block_till_done()
    assert entry.data["verify_ssl"] is False
    # Also while the server's announcement is being looked at, which may take two minutes.
    hass.config_entries.async_update_entry(entry, unique_id="e" * 32)
    await discover(hass, found(server_id, data_of(steady_demo)))
    hass.config_entries.async_update_entry(entry, unique_id=server_id)
    assert hass.config_entries.flow.async_progress_by_handler("uma")
    for flow, given in (
        (entry.start_reconfigure_flow, data_of(steady_demo)),
        (entry.start_reauth_flow, {"token": "x"}),
    ):
        result = await flow(hass)
        result = await hass.config_entries.flow.async_configure(result["flow_id"], given)
        assert result["reason"] in ("reconfigure_successful", "reauth_successful")
        await hass.async_block_till_done()
    async with OddServer(friendly("f" * 32)) as odd:
        result = await entry.start_reconfigure_flow(hass)
        result = await hass.config_entries.flow.async_configure(result["flow_id"], odd.address)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_server")


async def test_options(hass: HomeAssistant, steady_demo: Daemon):
    """Without containers, their devices go; with them again, they are back as the user had named them."""
    entry = await add(hass, steady_demo)
    registry = er.async_get(hass)
    before = {each.unique_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert hass.states.get("binary_sensor.tower_pihole_running").state == "on"
    registry.async_update_entity("binary_sensor.tower_pihole_running", new_entity_id="binary_sensor.my_pihole")
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
    result = await hass.config_entries.options.async_configure(result["flow_id"], {"interval": 60, "containers": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.runtime_data.interval == 60
    assert hass.states.get("sensor.tower_array").state == "started"
    ids = {each.unique_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert before - ids == {each for each in before if f"{entry.unique_id}_container:" in each} | {
        f"{entry.unique_id}_{key}" for key in ("docker", "containers_running", "image_storage_usage")
    }
    devices = dr.async_child_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert not [device for device in devices if device.name == "pihole"]

    result = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(result["flow_id"], {"interval": 60, "containers": True})
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.my_pihole").state == "on"
    assert before == {each.unique_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
