"""The message of the UPS feed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import CELSIUS, COUNT, PERCENT, SECONDS, TIMESTAMP, Doc, Matching, Words

STATUSES = (
    "online",
    "on_battery",
    "low_battery",
    "overload",
    "replace_battery",
    "no_battery",
    "shutting_down",
    "communication_lost",
    "unavailable",
)
SERVICES = ("running", "stopped", "disabled", "absent")
"""States of both programs together: the first that holds for one of them."""

SELF_TESTS = ("passed", "failed", "warning", "in_progress")

MAX_LOAD_PERCENT = 200
MAX_RUNTIME_SECONDS = 3 * 86400
"""Three days. Some UPSes report 3,932,100 s (home-assistant/core#79703)."""

LOAD = Matching(minimum=0, maximum=MAX_LOAD_PERCENT)
RUNTIME = Matching(minimum=0, maximum=MAX_RUNTIME_SECONDS)
CALENDAR_DAY = Matching(format="date", pattern=r"^\d{4}-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Ups:
    """One UPS, as its daemon reports it. A field is None if it is not known now."""

    about: ClassVar[str] = "One UPS. Every measured value is null while its daemon has lost it."

    id: Annotated[str, Doc("Stable identity: `apcupsd`, or `nut:` and the name in NUT.")]
    source: Annotated[str, Doc("The program that watches it."), Words("apcupsd", "nut")]
    name: Annotated[str | None, Doc("Its name in that program.")]
    model: Annotated[str | None, Doc("Manufacturer and model, as the UPS gives them.")]
    status: Annotated[
        str,
        Doc(
            "The worst that holds. `low_battery`: on battery and nearly empty. "
            "`communication_lost`: the daemon has lost the UPS. `unavailable`: the daemon does not answer, "
            "or names no state of the mains, such as NUT's `OFF` alone."
        ),
        Words(*STATUSES),
    ]
    flags: Annotated[tuple[str, ...], Doc("The program's own words, such as `ONLINE` or `OL CHRG`.")]
    battery_percent: Annotated[float | None, Doc("Charge of the battery."), PERCENT]
    runtime_seconds: Annotated[int | None, Doc("Estimated time left on battery, in seconds."), RUNTIME]
    load_percent: Annotated[float | None, Doc("Load, in percent of the rated power."), LOAD]
    power_watts: Annotated[
        float | None,
        Doc("Power drawn, in W. Never derived from VA."),
        COUNT,
    ]
    power_estimated: Annotated[
        bool | None, Doc("True: nominal power × load, as the webGUI computes it. False: measured by the UPS.")
    ]
    nominal_power_watts: Annotated[
        float | None, Doc("Rated power in W: the user's override in Unraid if there is one, else the UPS's."), COUNT
    ]
    input_volts: Annotated[float | None, Doc("Mains voltage."), COUNT]
    output_volts: Annotated[float | None, Doc("Output voltage."), COUNT]
    battery_volts: Annotated[float | None, Doc("Voltage of the battery."), COUNT]
    frequency_hz: Annotated[float | None, Doc("Mains frequency."), COUNT]
    temperature: Annotated[float | None, Doc("Temperature inside the UPS, in °C."), CELSIUS]
    on_battery_since: Annotated[
        str | None, Doc("Start of running on battery; null on mains, and if the start was not seen."), TIMESTAMP
    ]
    transfers: Annotated[int | None, Doc("Transfers to battery since the daemon started."), COUNT]
    last_transfer_reason: Annotated[str | None, Doc("Reason of the last transfer, in the program's words.")]
    self_test: Annotated[str | None, Doc("Result of the last self-test."), Words(*SELF_TESTS)]
    battery_date: Annotated[str | None, Doc("Day on which the battery was replaced."), CALENDAR_DAY]
    shutdown_battery_percent: Annotated[
        float | None, Doc("The server shuts down when the charge falls to this."), PERCENT
    ]
    shutdown_runtime_seconds: Annotated[
        int | None, Doc("The server shuts down when the time left falls to this, in seconds."), SECONDS
    ]
    read_at: Annotated[str | None, Doc("Time at which the daemon last had values from the UPS."), TIMESTAMP]


@dataclass(frozen=True, slots=True)
class UpsStatus:
    """Every UPS that this server watches."""

    kind: ClassVar[str] = "ups_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Every UPS that this server watches, by apcupsd or NUT."

    service: Annotated[
        str,
        Doc(
            "`running`: a daemon watches a UPS. `stopped`: enabled in Unraid, and not running. "
            "`disabled`: switched off in Unraid. `absent`: neither apcupsd nor NUT is installed."
        ),
        Words(*SERVICES),
    ]
    ups: Annotated[tuple[Ups, ...], Doc("The UPSes; none unless the service is running.")]
    demo: Annotated[bool, Doc("Whether this is the demo tree's recording.")] = False
