"""The daemon's own settings, each described once; the parser, the form and the docs are
made from them.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from uma.settings import AnySetting, Choice, Count, Entries, Number, Secret, Setting, Switch, Text

EVERYWHERE = "*"
"""Value of BIND for every address of IPv4 and of IPv6."""
ALL_OF_A_FAMILY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what a user may set
_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})")
_ORIGIN: Final = r"(?:[A-Za-z][A-Za-z0-9+.\-]*:\/\/)?(?:\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:\/?#\\%*]+)(?::[0-9]{1,5})?\/?"
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses(Setting[str]):
    """IP addresses separated by blanks, or EVERYWHERE."""

    @property
    def rule(self) -> str:
        """See Setting."""
        return f"a list of IP addresses separated by spaces, or {EVERYWHERE} for all"

    def value_of(self, text: str) -> str | None:
        """See Setting."""
        if text == EVERYWHERE:
            return text
        addresses = [_address_of(each) for each in text.replace(",", " ").split()]
        known = [address for address in addresses if address is not None]
        if not known or len(known) < len(addresses):
            return None
        # No duplicates, nor what an address for all of its family includes: the second
        # could not be opened.
        all_of = {":" in address for address in known if address in ALL_OF_A_FAMILY}
        kept = (each for each in known if each in ALL_OF_A_FAMILY or (":" in each) not in all_of)
        return " ".join(dict.fromkeys(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sha256(Secret):
    """A hash, in lower case."""

    def value_of(self, text: str) -> str | None:
        """See Setting."""
        return text.lower() if not text or _SHA256.fullmatch(text) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Broker(Text):
    """Names or addresses of hosts separated by spaces; addresses in their
    usual form.
    """

    def value_of(self, text: str) -> str | None:
        """See Setting."""
        hosts = [host if _HOST_NAME.fullmatch(host) else _address_of(host) for host in text.split()]
        if len(hosts) > MAX_BROKERS or (text and not text.isprintable()):
            return None
        known = [host for host in hosts if host is not None]
        return " ".join(known) if len(known) == len(hosts) else None


def _address_of(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


SERVICE, ACCESS, MQTT = "Service", "Access", "MQTT"
"""Sections of the settings form; the feeds' sections come after the first."""

MAX_BROKERS: Final = 8
_BROKER: Final = r"(?:[A-Za-z0-9_][A-Za-z0-9_.\-]{0,252}|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)"
"""A host name, an IPv4 or an IPv6 address."""
_TOPIC: Final = r"(?=.{1,64}$)[A-Za-z0-9_.\-]+(?:\/[A-Za-z0-9_.\-]+)*"

CORE: Final[tuple[AnySetting, ...]] = (
    Choice(
        "SERVICE",
        "Start at boot",
        "If disabled, UMA stops now and does not start at boot. It does not need a started array.",
        default="enable",
        choices={"enable": "Yes", "disable": "No"},
        group=SERVICE,
    ),
    Addresses(
        "BIND",
        "Listen on",
        "IP addresses on which UMA listens, separated by spaces. 0.0.0.0 is every IPv4 address of this server, * "
        "every IPv4 and IPv6 address, 127.0.0.1 the server itself only. The pages in the webGUI work in any case.",
        default="0.0.0.0",  # noqa: S104 - see Config
        group=SERVICE,
    ),
    Number(
        "PORT",
        "Port",
        "Port for the API. Clients reconnect when it changes.",
        default=34600,
        least=1,
        most=65535,
        group=SERVICE,
    ),
    Choice(
        "LOG_LEVEL",
        "Log level",
        "Minimum severity sent to the system log. Info has starts, stops and changes.",
        default="info",
        choices={"debug": "Debug", "info": "Info", "warning": "Warning", "error": "Error"},
        group=SERVICE,
    ),
    Switch(
        "FENCE_CALLS",
        "Fence: system calls",
        "Once it serves, UMA can't start programs, touch other processes or change system settings. A small "
        "separate process starts what other settings need, such as smartctl.",
        group=SERVICE,
    ),
    Switch(
        "FENCE_FILES",
        "Fence: files",
        "Once it serves, UMA can't read shares or disks, writes only below /var/run/uma, and connects only to "
        "ports in the settings. Requires Landlock in Unraid's kernel.",
        group=SERVICE,
    ),
    Switch(
        "FENCE_RIGHTS",
        "Fence: root's rights",
        "Once it serves, UMA gives up what the kernel lets root do: raw sockets, routes, firewall, hardware. "
        "It still reads what root may read.",
        group=SERVICE,
    ),
    Switch(
        "FENCE_USER",
        "Fence: own user",
        "Once it serves, UMA runs as a user of its own, which owns no file of the server. A small separate process "
        "sends its requests to Docker, whose socket equals root. Requires the fence of root's rights.",
        group=SERVICE,
    ),
    Switch(
        "WEBGUI",
        "Show UMA in the webGUI",
        "Sends each message to the webGUI. The tab and the tile on the Dashboard need it.",
        group=ACCESS,
    ),
    Switch(
        "CONTROL",
        "Control containers",
        "Clients with the token can start, stop, restart and pause containers. Requires a token.",
        default=False,
        group=ACCESS,
    ),
    Switch("METRICS", "Prometheus metrics", "Serves metrics at /metrics of UMA's port.", group=ACCESS),
    Count(
        "MAX_CONNECTIONS",
        "Connections",
        "Maximum number of clients of each stream. Further clients are refused.",
        default=100,
        least=1,
        group=ACCESS,
    ),
    Entries(
        "ALLOWED_ORIGINS",
        "Allowed names",
        "Web pages from this server and the local network can read UMA. List other host names here, such as that "
        "of a reverse proxy: dash.example.com",
        pattern=_ORIGIN,
        words="a list of host names or scheme://host, separated by spaces",
        is_private=True,
        group=ACCESS,
    ),
    Text(
        "TLS_CERTIFICATE",
        "TLS certificate",
        "With a certificate and its key, the port speaks https and wss only. Unraid's own bundle contains both: "
        "/boot/config/ssl/certs/certificate_bundle.pem. A renewed file is loaded within a minute.",
        pattern=r"(?:\/.*)?",
        words="the full path of a file",
        is_private=True,
        group=ACCESS,
    ),
    Text(
        "TLS_KEY",
        "TLS key",
        "File with the certificate's private key. It can be the same file.",
        pattern=r"(?:\/.*)?",
        words="the full path of a file",
        is_private=True,
        group=ACCESS,
    ),
    Switch(
        "ANNOUNCE",
        "Announce on the network",
        "Announces this server by mDNS, through Unraid's own avahi, so that Home Assistant and others discover it.",
        group=ACCESS,
    ),
    Text(
        "HEARTBEAT_URL",
        "Heartbeat address",
        "Address that UMA calls once a minute while everything is OK, for services such as healthchecks.io or "
        "Uptime Kuma. Empty: none.",
        pattern=r"(?:https?:\/\/[!-~]{1,500})?",
        words="an address that begins with http:// or https://",
        is_private=True,
        group=ACCESS,
    ),
    _Sha256(
        "TOKEN_SHA256",
        "Token",
        "Hash of the token that every client then needs. The settings page and `uma token` create one. Empty: none.",
        pattern="(?:[0-9a-fA-F]{64})?",
        words="a SHA-256 in 64 hexadecimal digits",
    ),
    _Broker(
        "MQTT_HOST",
        "Broker",
        "Name or IP address of an MQTT broker to publish to. Separate the nodes of a cluster by spaces: if one "
        "fails, the next is used. Empty: none.",
        pattern=rf" *(?:{_BROKER}(?: +{_BROKER}){{0,7}} *)?",
        words="a list of up to 8 host names or IP addresses without mqtt:// or port, separated by spaces",
        is_private=True,
        group=MQTT,
    ),
    Number("MQTT_PORT", "Port", "Usually 1883, or 8883 with TLS.", default=1883, least=1, most=65535, group=MQTT),
    Switch(
        "MQTT_TLS",
        "TLS",
        "Encrypts the connection and verifies the broker's certificate.",
        default=False,
        group=MQTT,
    ),
    Text(
        "MQTT_CA_FILE",
        "CA certificate",
        "CA bundle that verifies the broker's certificate. Empty: the system's.",
        pattern=r"(?:\/.*)?",
        words="the full path of a file",
        is_private=True,
        group=MQTT,
    ),
    Secret(
        "MQTT_USER",
        "User",
        "User name at the broker. Empty: none.",
        words="a name of printable characters",
        group=MQTT,
    ),
    Text(
        "MQTT_PREFIX",
        "Prefix",
        "First part of every topic.",
        default="uma",
        pattern=_TOPIC,
        words="a text of letters, digits and _.-, with / between levels",
        is_private=True,
        group=MQTT,
    ),
    Entries(
        "MQTT_FEEDS",
        "Feeds",
        "Feeds to publish, separated by spaces. A word is a feed's whole name (docker/containers), the last part "
        "of names (events), or a subject, which means its status (storage). Their figures are always sampled.",
        default=("summary", "stats", "storage", "events"),
        pattern="[a-z0-9_]+(?:/[a-z0-9_]+)?",
        words="a list of feeds' names, separated by spaces",
        group=MQTT,
    ),
    Switch(
        "MQTT_DISCOVERY",
        "Home Assistant discovery",
        "Announces each entity to Home Assistant. No publishes the messages only.",
        group=MQTT,
    ),
    Text(
        "MQTT_DISCOVERY_PREFIX",
        "Discovery prefix",
        "Discovery prefix of Home Assistant's MQTT integration.",
        default="homeassistant",
        pattern=_TOPIC,
        words="a text of letters, digits and _.-, with / between levels",
        group=MQTT,
    ),
)
"""The daemon's own settings, in the form's order; Config has a field for each."""

CORE_KEYS: Final = frozenset(setting.key for setting in CORE)
