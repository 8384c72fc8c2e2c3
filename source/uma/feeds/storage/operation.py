"""The running, paused or next parity operation, from var.ini's mdResync… keys.

``mdResyncAction`` is ``check P Q`` (``check`` alone reads without parity), ``recon P``,
``recon D3`` or ``clear``; after the operation it stays, as the operation that a start
would run. ``mdResyncPos`` is above 0 while one runs or is paused; ``mdResyncDt`` is 0
while it is paused.
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.ini_values import Section, count

PARITIES: Final = frozenset({"P", "Q"})


@dataclass(frozen=True, slots=True)
class Operation:
    """A parity operation; an idle one is the next to run.

    ``action`` is the wire's word or None, ``status`` idle, running or paused.
    """

    action: str | None
    status: str
    targets: tuple[str, ...]

    @property
    def is_active(self) -> bool:
        """True while it runs or is paused."""
        return self.status != "idle"

    @property
    def is_reconstruction(self) -> bool:
        """True if it writes the contents that a disk should have: a sync or a
        rebuild.
        """
        return self.action in ("sync", "rebuild")

    @property
    def would_sync(self) -> bool:
        """True if it builds parity, now or with the next start of the array."""
        return self.is_reconstruction and not PARITIES.isdisjoint(self.targets)

    @property
    def is_sync(self) -> bool:
        """True while it builds parity."""
        return self.is_active and self.would_sync

    @property
    def is_rebuild(self) -> bool:
        """True while it rebuilds a data disk."""
        return self.is_active and self.is_reconstruction and not PARITIES.issuperset(self.targets)


def operation_from(var: Section) -> Operation:
    """Return the operation of var.ini *var*."""
    status = "idle"
    if count(var, "mdResyncPos"):
        status = "running" if count(var, "mdResyncDt") else "paused"
    text = var.get("mdResyncAction", "")
    return Operation(action_of(text, is_correcting=count(var, "mdResyncCorr") > 0), status, tuple(text.split()[1:]))


def action_of(text: str, *, is_correcting: bool) -> str | None:
    """Return the wire's word for *text*, an action as the md driver writes it."""
    verb, *targets = text.split() or [""]
    match verb:
        case "recon":
            return "sync" if targets and targets[0] in PARITIES else "rebuild"
        case "check" if not targets:
            return "read_check"
        case "check":
            return "correcting_check" if is_correcting else "check"
        case "clear":
            return "clear"
        case _:
            return None
