"""Facts about one connection to a broker, and health's words for them."""

import time
from collections.abc import Sequence

from uma.errors import SourceError, SourceUnavailable
from uma.feeds.feed import Report
from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.client import Client, ConnectionLost
from uma.outputs.mqtt.events import LostEvents
from uma.outputs.mqtt.topics import Topics

DROPPED_SECONDS = 60.0
"""A connection that ends sooner after logging in was probably ended because of UMA's
messages.
"""


class Progress:
    """One connection: the time of its login, whether a message came back, of its own
    topics and of discovery, and the events *lost* by all connections so far.
    """

    def __init__(
        self, broker: Broker, topics: Topics, lost: LostEvents, report: Report, *, echo_seconds: float
    ) -> None:
        self.has_echo = False
        self._has_discovery_echo = False
        self.lost = lost
        self._address = broker.address
        self._has_tls = broker.has_tls
        self._base = topics.base
        self._discovery_prefix = topics.discovery_prefix
        self._expects_discovery = False
        self._report = report
        self._echo_seconds = echo_seconds
        self._client: Client | None = None
        self._signed_on_at = 0.0

    @property
    def seconds(self) -> float | None:
        """Return the seconds since it logged in; None if it never did."""
        return None if self._client is None else time.monotonic() - self._signed_on_at

    @property
    def is_dropped(self) -> bool:
        """True if a connection that ends now ended soon after logging in."""
        return self.seconds is not None and self.seconds < DROPPED_SECONDS

    @property
    def silent(self) -> str:
        """Return the topic or prefix of which nothing came back in time, or none."""
        if not self.has_echo and (self.seconds or 0.0) >= self._echo_seconds:
            return self._base
        return self._discovery_prefix if self._expects_discovery and not self._has_discovery_echo else ""

    def begin(self, client: Client) -> None:
        """Note that *client* has logged in, and report it."""
        self._client = client
        self._signed_on_at = time.monotonic()
        self.describe()

    def describe(self) -> None:
        """Report the state of the connection."""
        lost = f"; {self.lost.total} events lost" if self.lost.total else ""
        hint = f"; nothing of {self.silent} comes back: does an access list deny it?" if self.silent else ""
        self._report("ok", f"{self._address}, {self._base}{lost}{hint}")

    def expect_discovery(self) -> None:
        """Note that entities were announced long enough ago to have come back, and
        report it.
        """
        self._expects_discovery = True
        self.describe()

    def note_discovery_echo(self) -> None:
        """Note that an entity came back; end the hint that none does."""
        is_news = self._expects_discovery and not self._has_discovery_echo
        self._has_discovery_echo = True
        if is_news:
            self.describe()

    def note_lost(self, number: int, reason: str) -> None:
        """Count *number* more events as lost, and report it."""
        self.lost.add(number, reason)
        self.describe()

    def trouble(self, failures: Sequence[Exception]) -> SourceError:
        """Combine the failures that ended it into one error."""
        if self._client is not None and self.seconds is not None:
            lost = f"the connection to {self._address} was lost"
            if not self.is_dropped:
                return SourceUnavailable(lost)
            return SourceUnavailable(
                f"{lost} {self.seconds:.0f} s after logging in; if it recurs: another server of this id, an access "
                f"list, or a message too long for the broker; the last were {', '.join(self._client.last_messages)}"
            )
        for failure in failures:
            if isinstance(failure, ConnectionLost) and failure.refusal is not None:
                return failure.refusal
        tls = ", or wants a client certificate" if self._has_tls else "; try MQTT_TLS=yes"
        if any(isinstance(failure, ConnectionLost) for failure in failures):
            # mosquitto with retain_available false or max_qos 0 ends a login without a
            # word: UMA's will is retained, and of QoS 1.
            reason = "it does not speak MQTT, or refuses retained messages or QoS 1"
            return SourceUnavailable(f"{self._address} accepts connections, but ends them: {reason}{tls}")
        return SourceUnavailable(f"{self._address} accepts connections but does not speak MQTT{tls}")
