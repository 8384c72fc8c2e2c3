"""Config flow: by hand, by zeroconf, a new token, a new address, and the options."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, override

import probatio
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_TOKEN, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .checks import identity_at, is_silent, note_clone, try_connection
from .const import (
    CONF_CONTAINERS,
    CONF_INTERVAL,
    DEFAULT_INTERVAL_SECONDS,
    DEFAULT_PORT,
    DOMAIN,
    MAX_INTERVAL_SECONDS,
    MIN_INTERVAL_SECONDS,
)

MAX_PORT: Final = 65535

MEET_TRIES: Final = 24
MEET_PAUSE_SECONDS: Final = 5
"""With the tries, two minutes: longer than a server takes to boot after its network."""

PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
PORT: Final = probatio.All(
    NumberSelector(NumberSelectorConfig(min=1, max=MAX_PORT, mode=NumberSelectorMode.BOX)), probatio.Coerce(int)
)
INTERVAL: Final = probatio.All(
    NumberSelector(
        NumberSelectorConfig(
            min=MIN_INTERVAL_SECONDS,
            max=MAX_INTERVAL_SECONDS,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement="s",
        )
    ),
    probatio.Coerce(int),
)

ADDRESS: Final = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_PORT): PORT,
        probatio.Optional(probatio.Secret(CONF_TOKEN)): PASSWORD,
        probatio.Required(CONF_SSL, default=False): BooleanSelector(),
        probatio.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
TOKEN: Final = probatio.Schema({probatio.Required(probatio.Secret(CONF_TOKEN)): PASSWORD})
OPTIONS: Final = probatio.Schema(
    {
        probatio.Required(CONF_INTERVAL, default=DEFAULT_INTERVAL_SECONDS): INTERVAL,
        probatio.Required(CONF_CONTAINERS, default=True): BooleanSelector(),
    }
)


def as_address(user_input: dict[str, Any]) -> dict[str, Any]:
    """Return the form's values, with a URL that was pasted as the host split into its
    parts.
    """
    host = str(user_input[CONF_HOST]).strip()
    if "://" not in host:
        # Otherwise the port would become a part of the path.
        host = host.partition("/")[0].removesuffix(":")
    changed: dict[str, Any] = {}
    with suppress(ValueError):
        url = URL(host if "://" in host else f"//{host}")
        if url.host and (url.explicit_port or "://" in host):
            changed[CONF_SSL] = url.scheme in ("https", "wss") or user_input[CONF_SSL]
            changed[CONF_PORT] = url.explicit_port or user_input[CONF_PORT]
            host = url.host
    return {**user_input, CONF_HOST: host.strip("[]"), **changed}


class UmaConfigFlow(ConfigFlow, domain=DOMAIN):
    """One entry per server, identified by the server's id."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin without a discovery."""
        self._found: dict[str, Any] = {}
        self._name = ""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> UmaOptionsFlow:
        """Return the flow of the options."""
        return UmaOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add a server by its address."""
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = as_address(user_input)
            identity, error = await try_connection(self.hass, user_input)
            if identity is not None and error is None:
                # It may also be offered as discovered now, or have been ignored.
                entry = await self.async_set_unique_id(identity.id, raise_on_progress=False)
                if entry is not None and entry.source != SOURCE_IGNORE:
                    return await self._async_meet_by_hand(entry, user_input)
                return self.async_create_entry(title=identity.name, data=user_input)
            errors["base"] = error or "unavailable"
        return self.async_show_form(
            step_id="user", data_schema=self.add_suggested_values_to_schema(ADDRESS, user_input), errors=errors
        )

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Offer an announced server, or use the new address of a known one."""
        server_id = discovery_info.properties.get("id")
        if not server_id:
            return self.async_abort(reason="not_uma")
        self._found = {
            CONF_HOST: discovery_info.host,
            CONF_PORT: discovery_info.port or DEFAULT_PORT,
            CONF_SSL: discovery_info.properties.get("scheme") == "https",
        }
        entry = await self.async_set_unique_id(server_id)
        if entry is not None and entry.source == SOURCE_IGNORE:
            return self.async_abort(reason="already_configured")
        if entry is not None:
            others = (str(each) for each in discovery_info.ip_addresses if not each.is_link_local)
            return await self._async_meet_again(entry, dict.fromkeys((discovery_info.host, *others)))
        identity, _ = await try_connection(self.hass, self._found)
        if identity is not None and identity.id != server_id:
            return self.async_abort(reason="wrong_server")
        self._name = identity.name if identity else discovery_info.name.split(".")[0]
        self.context["title_placeholders"] = {"name": self._name}
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the server's needs: a token, or trust in its certificate."""
        errors: dict[str, str] = {}
        data = self._found | (user_input or {})
        identity, error = await try_connection(self.hass, data)
        if user_input is not None:
            if identity is not None and error is None:
                if identity.id != self.unique_id:
                    return self.async_abort(reason="wrong_server")
                return self.async_create_entry(title=identity.name, data={CONF_VERIFY_SSL: True} | data)
            errors["base"] = error or "unavailable"
        fields: dict[Any, Any] = {}
        if error == "invalid_auth" or CONF_TOKEN in data:
            fields[probatio.Required(probatio.Secret(CONF_TOKEN))] = PASSWORD
        if data[CONF_SSL]:
            fields[probatio.Required(CONF_VERIFY_SSL, default=data.get(CONF_VERIFY_SSL, True))] = BooleanSelector()
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema(fields),
            errors=errors,
            description_placeholders={"name": self._name, "host": data[CONF_HOST]},
        )

    async def _async_meet_again(self, entry: ConfigEntry, hosts: Iterable[str]) -> ConfigFlowResult:
        """Use a known server's new address, but only if the old one is silent.

        The first of *hosts* may be the old address from the cache. The network announces
        a new address before the daemon answers there, so that is awaited.
        """
        found = [{**self._found, CONF_HOST: host} for host in hosts]
        unknown = [each for each in found if any(entry.data.get(name) != value for name, value in each.items())]
        for _ in range(MEET_TRIES):
            unanswered = []
            for address in unknown:
                new = await identity_at(self.hass, {**entry.data, **address})
                if new is None:
                    unanswered.append(address)
                elif new.id == entry.unique_id:
                    return await self._async_move(entry, address)
            unknown = unanswered
            if not unknown or not await is_silent(self.hass, entry):
                break
            await asyncio.sleep(MEET_PAUSE_SECONDS)
            if self.hass.config_entries.async_get_entry(entry.entry_id) is None:
                break
        return self.async_abort(reason="already_configured")

    async def _async_move(self, entry: ConfigEntry, address: dict[str, Any]) -> ConfigFlowResult:
        """Use *address*, where a server with the entry's id answers, if the old one is silent."""
        if await is_silent(self.hass, entry):
            return self.async_update_reload_and_abort(
                entry, data_updates=address, reason="already_configured", reload_even_if_entry_is_unchanged=False
            )
        await note_clone(self.hass, entry, address)
        return self.async_abort(reason="already_configured")

    async def _async_meet_by_hand(self, entry: ConfigEntry, address: dict[str, Any]) -> ConfigFlowResult:
        """Use a known server's new address from the user if the old one is silent."""
        if await note_clone(self.hass, entry, address):
            return self.async_abort(reason="shared_id")
        if await is_silent(self.hass, entry):
            return self.async_update_reload_and_abort(entry, data=address, reason="already_configured")
        return self.async_abort(reason="already_configured")

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for a new token, since the daemon refuses the present one."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Use the new token."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            identity, error = await try_connection(self.hass, {**entry.data, **user_input})
            if identity is not None and error is None:
                await self.async_set_unique_id(identity.id, raise_on_progress=False)
                self._abort_if_unique_id_mismatch(reason="wrong_server")
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
            errors["base"] = error or "unavailable"
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=TOKEN,
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the address, the token or TLS."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = as_address(user_input)
            identity, error = await try_connection(self.hass, user_input)
            if identity is not None and error is None:
                await self.async_set_unique_id(identity.id, raise_on_progress=False)
                self._abort_if_unique_id_mismatch(reason="wrong_server")
                return self.async_update_reload_and_abort(entry, data=user_input)
            errors["base"] = error or "unavailable"
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(ADDRESS, user_input or entry.data),
            errors=errors,
            description_placeholders={"name": entry.title},
        )


class UmaOptionsFlow(OptionsFlowWithReload):
    """The preferences of one server."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Store the options; the entry is then reloaded."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init", data_schema=self.add_suggested_values_to_schema(OPTIONS, self.config_entry.options)
        )
